using System.Globalization;
using System.Text.Json;

namespace IngestEmbeddings.Benchmarks.Comparison;

/// <summary>Another program on the same texts, at its best batch size: transformers.js on the same graph, or a NuGet library.</summary>
internal sealed class Peer : IDisposable
{
    private static readonly int[] Batches = [1, 8, 16, 32, 64];

    private readonly Child _child;
    private readonly int _texts;
    private readonly string _list;

    private Peer(Child child, int texts, string list)
    {
        _child = child;
        _texts = texts;
        _list = list;
    }

    /// <summary>The batch size that it is fastest with.</summary>
    public int BestBatch { get; private set; }

    /// <summary>Starts it and finds its best batch size.</summary>
    public static async Task<Peer> StartAsync(string script, string folder, string[] texts)
    {
        var peer = new Peer(new Child(script, folder), texts.Length, Path.GetTempFileName());
        await File.WriteAllTextAsync(peer._list, JsonSerializer.Serialize(texts));
        peer.BestBatch = await peer.FindBestBatchAsync(texts);
        return peer;
    }

    /// <summary>Encodes all texts.</summary>
    /// <returns>Rows a second.</returns>
    public async Task<double> MeasureAsync() => _texts / await SecondsAsync(BestBatch, _list);

    public void Dispose()
    {
        File.Delete(_list);
        _child.Dispose();
    }

    private async Task<int> FindBestBatchAsync(string[] texts)
    {
        var few = Path.GetTempFileName();
        await File.WriteAllTextAsync(few, JsonSerializer.Serialize(texts.Take(512)));
        await SecondsAsync(32, few);
        var seconds = new List<double>();
        foreach (var batch in Batches)
        {
            // The better of two: a moment in which the machine does something else must not choose.
            seconds.Add(Math.Min(await SecondsAsync(batch, few), await SecondsAsync(batch, few)));
        }

        File.Delete(few);
        return Batches[seconds.IndexOf(seconds.Min())];
    }

    private async Task<double> SecondsAsync(int batch, string list) =>
        double.Parse(await _child.AskAsync($"int8\t{batch}\t{list}"), CultureInfo.InvariantCulture);
}
