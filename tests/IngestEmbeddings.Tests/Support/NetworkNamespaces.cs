using Xunit;

namespace IngestEmbeddings.Tests.Support;

/// <summary>Some network namespaces, each a machine of its own as far as the network goes, joined by a bridge to this one.</summary>
/// <remarks>Needs root and Linux; elsewhere the test is skipped.</remarks>
internal sealed class NetworkNamespaces : IAsyncDisposable
{
    private readonly string _id = Convert.ToHexStringLower(Guid.NewGuid().ToByteArray()[..3]);
    private readonly string _subnet = FormattableString.Invariant($"10.{Random.Shared.Next(64, 250)}.{Random.Shared.Next(250)}");
    private readonly int _count;

    private NetworkNamespaces(int count) => _count = count;

    /// <summary>The address of this machine as the namespaces see it.</summary>
    public string Address => _subnet + ".1";

    /// <summary>The network that the namespaces are in.</summary>
    public string Network => _subnet + ".0/24";

    private string Bridge => "ib" + _id;

    /// <summary>Makes the namespaces; skips the test where that is not possible.</summary>
    public static async Task<NetworkNamespaces> CreateAsync(int count)
    {
        if (!OperatingSystem.IsLinux() || !ServerPrograms.IsRoot)
        {
            Assert.Skip("Network namespaces need root on Linux.");
        }

        var namespaces = new NetworkNamespaces(count);
        try
        {
            await namespaces.CreateAsync();
            return namespaces;
        }
        catch (Exception fault) when (fault is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            await namespaces.DisposeAsync();
            Assert.Skip($"No network namespaces here: {fault.Message}");
            return null!;
        }
    }

    /// <summary>The words before a command that run it in a namespace, counted from 0.</summary>
    public IReadOnlyList<string> Inside(int index) => ["ip", "netns", "exec", Name(index)];

    /// <summary>Pulls the cable of a namespace, or plugs it in again.</summary>
    public Task ConnectAsync(int index, bool connected) => IpAsync("link", "set", Cable(index), connected ? "up" : "down");

    public async ValueTask DisposeAsync()
    {
        // With a namespace its end of the cable goes, and with that the other end.
        for (var index = 0; index < _count; index++)
        {
            await ServerPrograms.TryRunAsync("ip", asPostgres: false, "netns", "delete", Name(index));
        }

        await ServerPrograms.TryRunAsync("ip", asPostgres: false, "link", "delete", Bridge);
    }

    private static async Task IpAsync(params string[] arguments)
    {
        var (code, output) = await ServerPrograms.TryRunAsync("ip", asPostgres: false, arguments);
        if (code != 0)
        {
            throw new InvalidOperationException($"ip {string.Join(' ', arguments)}: {output}");
        }
    }

    private string Name(int index) => FormattableString.Invariant($"ingest-{_id}-{index}");

    private string Cable(int index) => FormattableString.Invariant($"iv{_id}{index}");

    private async Task CreateAsync()
    {
        await IpAsync("link", "add", Bridge, "type", "bridge");
        await IpAsync("address", "add", Address + "/24", "dev", Bridge);
        await IpAsync("link", "set", Bridge, "up");
        for (var index = 0; index < _count; index++)
        {
            await IpAsync("netns", "add", Name(index));
            await IpAsync("link", "add", Cable(index), "type", "veth", "peer", "name", "eth0", "netns", Name(index));
            await IpAsync("link", "set", Cable(index), "master", Bridge, "up");
            await IpAsync("-n", Name(index), "address", "add", FormattableString.Invariant($"{_subnet}.{index + 2}/24"), "dev", "eth0");
            await IpAsync("-n", Name(index), "link", "set", "eth0", "up");
            await IpAsync("-n", Name(index), "link", "set", "lo", "up");
        }
    }
}
