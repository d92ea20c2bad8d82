using System.Globalization;
using IngestEmbeddings.Onnx.Quantizing;
using IngestEmbeddings.Onnx.Tokenizers;
using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Benchmarks.Comparison;

/// <summary>
/// Measures texts of one length after the other, everything in turns, and prints ratios of medians: the whole run and the
/// encoder against a bare loop of the same length, fp32, and the peers at their best batch sizes.
/// </summary>
internal static class LengthTable
{
    private static readonly int[] Lengths = [12, 32, 128, 256, 512];

    /// <summary>Tokens of one measurement of the whole run; the encoder alone gets half of them, a peer a sixteenth.</summary>
    private const int WholeTokens = 160_000;
    private const int PeerShare = 16;

    public static async Task<int> RunAsync(string folder, string textsFile, string[] peers, int rounds)
    {
        var how = new RatioOptions { Peer = null };
        var all = TextFile.Read(textsFile, int.MaxValue);
        var tokenizer = HuggingFaceTokenizer.Load(folder);
        await using var database = await BenchmarkDatabase.CreateAsync();
        await using var int8 = new EncoderLoop(folder, "int8", workers: 2, threads: 1);
        await using var exact = new EncoderLoop(folder, "fp32", workers: 2, threads: 1);
        var whole = new WholeRun(database.Store, int8.Encoder, workers: 2);
        Console.WriteLine($"| tokens | whole run, tokens/s | ÷ bare loop | encoder ÷ bare loop | int8 ÷ fp32 |{string.Concat(peers.Select(static peer => $" whole run ÷ {Name(peer)}, rows |"))}");
        Console.WriteLine($"| ---: | ---: | ---: | ---: | ---: |{string.Concat(peers.Select(static _ => " ---: |"))}");
        // What a model leaves out cannot be compared.
        foreach (var length in Lengths.Where(length => length <= (int8.Encoder.Description.MaxTokens ?? int.MaxValue)))
        {
            string[] texts = [.. Enumerable.Range(0, WholeTokens / length).Select(i => OfLength(tokenizer, all, i, length))];
            var half = texts[..(texts.Length / 2)];
            using var loop = new BareLoop(Path.Combine(folder, "onnx", ModelQuantizer.FileName), how, [.. new[] { 1, 2, 4, 8, 16, 32, 64 }.Select(rows => (rows, length)).Where(static shape => shape.rows * shape.length <= 4096)]);
            var others = new List<Peer>();
            foreach (var peer in peers)
            {
                others.Add(await Peer.StartAsync(peer, folder, texts[..Math.Max(1, texts.Length / PeerShare)]));
            }

            var rates = new List<double[]>();
            for (var round = 0; round < rounds; round++)
            {
                var (seconds, tokens) = await whole.MeasureAsync(texts);
                var (bare, encoder, fp32) = (loop.Measure(2), await int8.MeasureAsync(half), await exact.MeasureAsync(half[..Math.Max(1, half.Length / 3)]));
                var row = new List<double> { tokens / seconds, bare, encoder, fp32 };
                foreach (var peer in others)
                {
                    row.Add(texts.Length / seconds / await peer.MeasureAsync());
                }

                rates.Add([.. row]);
                Console.Error.WriteLine(string.Join("  ", row.Select(static rate => rate.ToString("0.##", CultureInfo.InvariantCulture))));
            }

            others.ForEach(static peer => peer.Dispose());
            double Median(Func<double[], double> value) => rates.Select(value).Order().ElementAt(rates.Count / 2);
            string Ratio(Func<double[], double> value) => Median(value).ToString("0.00", CultureInfo.InvariantCulture);
            Console.WriteLine($"| {length} | {Median(static row => row[0]):0} | {Ratio(static row => row[0] / row[1])} | {Ratio(static row => row[2] / row[1])} | {Ratio(static row => row[2] / row[3])} |"
                + string.Concat(peers.Select((_, i) => $" {Ratio(row => row[4 + i])} |")));
        }

        return 0;
    }

    private static string Name(string peer) => peer.EndsWith(".dll", StringComparison.Ordinal) ? "the NuGet library" : "transformers.js";

    /// <summary>A text of a number of tokens, out of the words of consecutive texts; a word that does not fit is left out.</summary>
    private static string OfLength(HuggingFaceTokenizer tokenizer, string[] all, int first, int length)
    {
        var words = new List<string>();
        var left = length - TokensOf(tokenizer, "");
        for (var i = first * 7; left > 0; i++)
        {
            foreach (var word in all[i % all.Length].Split(' '))
            {
                // WordPiece takes each word for itself.
                var tokens = TokensOf(tokenizer, word) - TokensOf(tokenizer, "");
                if (tokens <= left)
                {
                    words.Add(word);
                    left -= tokens;
                }
            }
        }

        return string.Join(' ', words);
    }

    private static int TokensOf(HuggingFaceTokenizer tokenizer, string text)
    {
        var tokens = new TokenBuffer();
        tokenizer.Encode(text, int.MaxValue, tokens);
        return tokens.Length;
    }
}
