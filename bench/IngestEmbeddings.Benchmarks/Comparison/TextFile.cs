namespace IngestEmbeddings.Benchmarks.Comparison;

/// <summary>The texts of a benchmark: a TSV file with a header, id and text.</summary>
internal static class TextFile
{
    /// <summary>Different texts spread evenly over a file; all of them when it has no more.</summary>
    public static string[] Read(string path, int count)
    {
        var all = File.ReadLines(path).Skip(1).Select(static line => line[(line.IndexOf('\t') + 1)..]).Distinct().ToArray();
        var step = Math.Max(1, all.Length / count);
        return [.. all.Where((_, i) => i % step == 0).Take(count)];
    }
}
