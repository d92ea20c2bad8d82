using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Tests.Onnx.Tokenizers.Reference;

/// <summary>Compares token ids with those of the library (<c>eng/check-tokenizers</c>), and writes the library's for goldens.</summary>
internal static class CompareCommand
{
    private const int MaxTokens = 24;
    private const int SpeedRounds = 5;

    /// <summary>Prints the share of equal texts; writes those that differ.</summary>
    /// <returns>0 where all are equal.</returns>
    public static int Run(string folder, string textsFile, string mismatchFile)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var texts = TokenizerParsing.ReadTexts(textsFile);
        var mismatches = new List<string>();
        using (var whole = new ReferenceFolder(folder))
        {
            Compare(whole, texts, int.MaxValue, "whole", mismatches);
            Console.WriteLine($"  {Speed(whole, texts)} tokens a second of processor time");
        }

        foreach (var side in (string[])["Right", "Left"])
        {
            using var cut = new ReferenceFolder(folder, MaxTokens, side);
            if (side == "Left" && cut.HasVocabularyOnly)
            {
                continue;
            }

            Compare(cut, texts, MaxTokens, $"cut at {MaxTokens} tokens, {side.ToLowerInvariant()}", mismatches);
        }

        File.WriteAllLines(mismatchFile, mismatches);
        return mismatches.Count == 0 ? 0 : 1;
    }

    /// <summary>Writes the library's ids, a JSON object a line.</summary>
    public static int WriteIds(string folder, string textsFile, string idsFile)
    {
        using var reference = new ReferenceFolder(folder);
        File.WriteAllText(
            idsFile, string.Concat(TokenizerParsing.ReadTexts(textsFile).Select(text => $"{{\"ids\":[{string.Join(',', reference.Reference.Ids(text))}]}}\n")));
        return 0;
    }

    private static void Compare(ReferenceFolder folder, IReadOnlyList<string> texts, int maxTokens, string name, List<string> mismatches)
    {
        var before = mismatches.Count;
        for (var i = 0; i < texts.Count; i++)
        {
            var (own, reference) = (folder.Own.Ids(texts[i], maxTokens), folder.Reference.Ids(texts[i]));
            if (!own.SequenceEqual(reference))
            {
                mismatches.Add(JsonSerializer.Serialize(new { line = i + 1, name, own, reference }));
            }
        }

        var equal = texts.Count - (mismatches.Count - before);
        var share = equal == texts.Count ? "100 %" : $"{Math.Min(99.99, 100.0 * equal / texts.Count):F2} %";
        Console.WriteLine($"  {share} of {texts.Count} texts have the ids of the library ({name})");
    }

    // By processor time, so that a busy machine does not count.
    private static string Speed(ReferenceFolder folder, IReadOnlyList<string> texts)
    {
        using var process = Process.GetCurrentProcess();
        var tokens = new TokenBuffer();
        var (best, count) = (TimeSpan.MaxValue, 0L);
        for (var round = 0; round < SpeedRounds; round++)
        {
            process.Refresh();
            var before = process.TotalProcessorTime;
            count = 0;
            foreach (var text in texts)
            {
                tokens.Clear();
                folder.Own.Encode(text, int.MaxValue, tokens);
                count += tokens.Length;
            }

            process.Refresh();
            var spent = process.TotalProcessorTime - before;
            best = spent < best ? spent : best;
        }

        return (count / best.TotalSeconds).ToString("N0", CultureInfo.InvariantCulture);
    }
}
