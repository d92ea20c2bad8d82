using IngestEmbeddings.Rows;
using IngestEmbeddings.Stores;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Conformance;

/// <summary>
/// Whatever sessions read, write and drop, and whatever others change in the table meanwhile: in the end every row has the
/// vector of the text it has. Each seed is another interleaving.
/// </summary>
public abstract class InterleavingConformance<TFixture>(TFixture fixture) : StoreConformance<TFixture>(fixture)
    where TFixture : class, IStoreFixture
{
    private const int Steps = 150;

    [Theory(Timeout = TimeoutMs)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task No_row_is_lost_stale_or_done_twice(int seed)
    {
        var random = new Random(seed);
        var kind = Fixture.KeyKinds[seed % Fixture.KeyKinds.Count];
        var name = $"interleaved_{seed}";
        var table = await CreateAsync(new TableSpec(name) { KeyKind = kind, Texts = NumberedTexts(60) });
        var ordinals = Enumerable.Range(1, 60).ToList();
        var unused = new Queue<int>(Enumerable.Range(61, Steps));
        unused.Enqueue(0);
        var request = WithVectors with { Workers = 3, WindowRows = 6 };
        var workers = new List<Worker>();

        await using var run = await table.StartRunAsync(request, Cancel);
        for (var step = 0; step < Steps; step++)
        {
            switch (random.Next(10))
            {
                case 0 when workers.Count < 3:
                    workers.Add(new Worker(await run.OpenSessionAsync(workers.Count, Cancel), request));
                    break;
                case 1 or 2 or 3 when workers.Count > 0:
                    await workers[random.Next(workers.Count)].ReadAsync(random.Next(1, 7));
                    break;
                case 4 or 5 or 6 when workers.Count > 0:
                    await workers[random.Next(workers.Count)].WriteAsync(random);
                    break;
                case 7 when workers.Count > 0 && random.Next(3) == 0:
                    var dropped = workers[random.Next(workers.Count)];
                    workers.Remove(dropped);
                    await dropped.Session.DisposeAsync();
                    break;
                case 8:
                    // As an application does that knows of the vectors: a new text has none yet.
                    var changed = ordinals[random.Next(ordinals.Count)];
                    await Fixture.UpdateTextAsync(name, changed, $"changed in step {step}");
                    await Fixture.SetVectorAsync(name, changed, null);
                    break;
                case 9 when step % 2 == 0:
                    var deleted = ordinals[random.Next(ordinals.Count)];
                    ordinals.Remove(deleted);
                    unused.Enqueue(deleted);
                    await Fixture.DeleteAsync(name, deleted);
                    break;
                case 9:
                    var inserted = unused.Dequeue();
                    ordinals.Add(inserted);
                    await Fixture.InsertAsync(name, inserted, $"inserted in step {step}");
                    break;
            }
        }

        foreach (var worker in workers)
        {
            await worker.Session.DisposeAsync();
        }

        await using (var last = await run.OpenSessionAsync(3, Cancel))
        {
            (await DrainAsync(last, request)).ShouldBeUnique();
        }

        // Rows that went after they were written may have left metrics.
        ((await run.FinishAsync(Cancel)) with { Pruned = null }).ShouldBe(new RunProof(0, 0));
        (await Fixture.ReadAsync(name)).Keys.ShouldBe(ordinals, ignoreOrder: true);
        await ShouldBeDoneAsync(name);
    }

    /// <summary>A session with the windows it has not written yet, the oldest first, as the pipeline writes them.</summary>
    private sealed class Worker(IRowSession session, RunRequest request)
    {
        private readonly Queue<(RowWindow Window, List<int> Unwritten)> _held = [];

        public IRowSession Session => session;

        public async Task ReadAsync(int rows)
        {
            if (_held.Count < 3 && await session.ReadAsync(rows, Cancel) is { } window)
            {
                _held.Enqueue((window, [.. Enumerable.Range(0, window.Count)]));
            }
        }

        public async Task WriteAsync(Random random)
        {
            if (!_held.TryPeek(out var held))
            {
                return;
            }

            int[] rows = [.. held.Unwritten.Where(_ => random.Next(3) > 0)];
            held.Unwritten.RemoveAll(row => rows.Contains(row));
            if (held.Unwritten.Count == 0)
            {
                _held.Dequeue();
            }

            (await session.WriteAsync(BatchOf(held.Window, request, rows, completes: held.Unwritten.Count == 0), Cancel))
                .Written.ShouldBeLessThanOrEqualTo(rows.Length);
        }
    }
}
