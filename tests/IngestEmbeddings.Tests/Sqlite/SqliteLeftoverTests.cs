using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Sqlite;

/// <summary>The copy that a killed process has left beside the file.</summary>
public sealed class SqliteLeftoverTests(SqliteFixture fixture) : StoreConformance<SqliteFixture>(fixture)
{
    [Fact]
    public async Task A_copy_that_was_left_is_replaced_whatever_is_in_it()
    {
        var notes = await CreateAsync("notes", "one", "two");
        var files = Enumerable.Empty<(string Path, byte[] Bytes)>();
        await using (var killed = await notes.CreateScratchAsync(new ScratchRequest(10, KeepVectors: false), Cancel))
        {
            await RunAsync(killed.Table, WithVectors);
            files = [.. Directory.GetFiles(Path.GetDirectoryName(Fixture.File)!, "*.bench*")
                .Where(path => !path.EndsWith(".lock", StringComparison.Ordinal))
                .Select(path => (path, File.ReadAllBytes(path)))];
        }

        files.ShouldNotBeEmpty();
        foreach (var (path, bytes) in files)
        {
            await File.WriteAllBytesAsync(path, bytes, Cancel);
        }

        var wider = WithVectors with { Work = new EmbedWork(Encoder with { Model = "test:wider", Dimension = 8, Fingerprint = "f8" }) };
        await using var scratch = await notes.CreateScratchAsync(new ScratchRequest(10, KeepVectors: false), Cancel);
        await using var run = await scratch.Table.StartRunAsync(wider, Cancel);

        run.Pending.ShouldBe(2);
    }
}
