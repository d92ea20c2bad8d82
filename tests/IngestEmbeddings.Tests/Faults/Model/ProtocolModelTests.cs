using CsCheck;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Faults.Model;

/// <summary>The claim protocol, played in any order with any faults: no row lost, none written twice, none stale, always an end.</summary>
public class ProtocolModelTests
{
    private const int Interleavings = 1_000_000;

    private static readonly Gen<byte[]> Events = Gen.Byte.Array[10, 90];

    [Theory]
    [InlineData(RunKind.Fill)]
    [InlineData(RunKind.Blind)]
    internal void A_million_interleavings_keep_every_promise(RunKind kind) =>
        Events.Sample(
            bytes => Interleaving.Play(bytes, kind, Guard.All) is null,
            iter: Interleavings / 2,
            print: bytes => $"{Interleaving.Play(bytes, kind, Guard.All)} in {Convert.ToHexString(bytes)}");

    [Theory]
    [InlineData(Guard.Source, "stale")]
    [InlineData(Guard.Fence, "double")]
    [InlineData(Guard.Nonce, "double")]
    [InlineData(Guard.Cursor, "lost")]
    [InlineData(Guard.Completion, "lost")]
    [InlineData(Guard.Sweep, "lost")]
    [InlineData(Guard.DatabaseClock, "theft")]
    [InlineData(Guard.FrontierLock, "overlap")]
    [InlineData(Guard.LastWrite, "double")]
    [InlineData(Guard.Redo, "lost")]
    [InlineData(Guard.Attempts, "stuck")]
    [InlineData(Guard.Release, "theft")]
    [InlineData(Guard.Beginning, "stuck")]
    internal void Without_a_guard_a_promise_is_broken(Guard guard, string promise)
    {
        var broken = new HashSet<string>();
        for (var seed = 0UL; seed < 200_000 && !broken.Contains(promise); seed++)
        {
            var bytes = Random(seed);
            foreach (var kind in Enum.GetValues<RunKind>())
            {
                if (Interleaving.Play(bytes, kind, Guard.All & ~guard) is { } violation)
                {
                    broken.Add(violation[..violation.IndexOf(':', StringComparison.Ordinal)]);
                }
            }
        }

        broken.ShouldContain(promise, $"without {guard}");
    }

    private static byte[] Random(ulong seed)
    {
        var bytes = new byte[90];
        new PCG(1, seed).NextBytes(bytes);
        return bytes;
    }
}

file static class PcgExtensions
{
    public static void NextBytes(this PCG random, byte[] bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)random.Next(256);
        }
    }
}
