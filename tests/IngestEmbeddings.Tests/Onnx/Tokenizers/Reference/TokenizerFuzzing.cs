using System.Diagnostics;
using IngestEmbeddings.Onnx.Tokenizers;
using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Tests.Onnx.Tokenizers.Reference;

/// <summary>Damages tokenizer files and reads them: each is refused, or encodes any text, within time and memory.</summary>
internal sealed class TokenizerFuzzing(int seed) : IDisposable
{
    private const long MaxBytes = 2L << 30;
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(10);

    private static readonly (string Kind, string File)[] Files =
    [
        ("wordpiece", "tokenizer.json"), ("byte-level-bpe", "tokenizer.json"), ("byte-level-split", "tokenizer.json"), ("unigram", "tokenizer.json"),
        ("sentencepiece-unigram", "sentencepiece.bpe.model"), ("sentencepiece-bpe", "sentencepiece.bpe.model"),
    ];

    // What a hostile file would hold: each takes the place of a part.
    private static readonly string[] Parts =
    [
        "null", "{}", "[]", "1e400", "-1", "4294967296", "\"\"", "\"a\"", "true",
        """{"type":"Replace","pattern":{"Regex":"(a|aa)+!$"},"content":"x"}""",
        """{"type":"Replace","pattern":{"Regex":"(x+x+)+y"},"content":"x"}""",
        """{"type":"Split","pattern":{"Regex":"(\\w+\\s?)+$"},"behavior":"Removed","invert":false}""",
        """{"type":"Replace","pattern":{"Regex":""},"content":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}""",
        $$"""{"type":"Sequence","normalizers":[{{string.Join(',', Enumerable.Repeat("""{"type":"Replace","pattern":{"String":"a"},"content":"aaaaaaaa"}""", 30))}}]}""",
        $$"""{"type":"Sequence","pretokenizers":[{{string.Join(',', Enumerable.Repeat("""{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true}""", 60))}}]}""",
        $$"""{"type":"Prepend","prepend":"{{new string('é', 100_000)}}"}""",
        """{"type":"NFKD"}""", """{"type":"Strip"}""", """{"type":"UnicodeScripts"}""", """{"type":"Metaspace","prepend_scheme":"first"}""",
        """{"type":"WordLevel","vocab":{"a":0},"unk_token":"a"}""",
    ];

    private static readonly string[] Members = ["normalizer", "pre_tokenizer", "post_processor", "model", "added_tokens", "truncation", "padding", "decoder", "version"];

    private static readonly string[] Texts =
    [
        "The Café of ʻIolani: 120 flowers, e\u0301tude 日本語 😀 don't! <s>[CLS]", "", "\uD800\0\uFFFE",
        new string('a', 60) + "!b", new string('x', 60) + "!y", string.Concat(Enumerable.Repeat("aé 字", 200)),
    ];

    private readonly Random _random = new(seed);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ingest-fuzz-");
    private readonly TokenBuffer _tokens = new();

    /// <summary>Runs a number of cases and says what came of them.</summary>
    public static int Run(int cases, int seed)
    {
        using var fuzzing = new TokenizerFuzzing(seed);
        var (refused, slowest) = (0, TimeSpan.Zero);
        var watch = new Stopwatch();
        for (var i = 0; i < cases; i++)
        {
            watch.Restart();
            refused += fuzzing.RunOne() ? 0 : 1;
            slowest = watch.Elapsed > slowest ? watch.Elapsed : slowest;
            if (watch.Elapsed > MaxTime)
            {
                throw new InvalidOperationException($"case {i} of seed {seed} took {watch.Elapsed.TotalSeconds:0.0} s");
            }
        }

        using var process = Process.GetCurrentProcess();
        Console.WriteLine($"{cases} files, seed {seed}: {refused} refused, {cases - refused} encode; slowest {slowest.TotalSeconds:0.0} s, peak {process.PeakWorkingSet64 >> 20} MB");
        return process.PeakWorkingSet64 < MaxBytes ? 0 : 1;
    }

    public void Dispose() => _folder.Delete(recursive: true);

    // False where the file is refused.
    private bool RunOne()
    {
        var (kind, name) = Files[_random.Next(Files.Length)];
        var bytes = File.ReadAllBytes(TokenizerParsing.Golden(kind, name));
        bytes = name.EndsWith("json", StringComparison.Ordinal) && _random.Next(3) == 0 ? ReplacePart(bytes) : Damage(bytes);
        var file = Path.Combine(_folder.FullName, name);
        File.WriteAllBytes(file, bytes);
        try
        {
            Encode(HuggingFaceTokenizer.Load(_folder.FullName));
            return true;
        }
        catch (IngestException fault) when (fault.Error == IngestError.Configuration)
        {
            return false;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private void Encode(HuggingFaceTokenizer tokenizer)
    {
        try
        {
            _tokens.Clear();
            tokenizer.Encode(Texts[_random.Next(Texts.Length)], _random.Next(2) == 0 ? 16 : int.MaxValue, _tokens);
        }
        catch (TokenizerException)
        {
            return;
        }

        foreach (var id in _tokens.From(0))
        {
            if (id < 0 || id >= tokenizer.VocabularySize)
            {
                throw new InvalidOperationException($"the id {id} is not in a vocabulary of {tokenizer.VocabularySize}");
            }
        }
    }

    private byte[] ReplacePart(byte[] bytes)
    {
        var text = System.Text.Encoding.UTF8.GetString(bytes);
        var member = $"\"{Members[_random.Next(Members.Length)]}\"";
        // The member that comes later counts, so that the part is put before the end.
        var end = text.LastIndexOf('}');
        return System.Text.Encoding.UTF8.GetBytes($"{text[..end]},{member}:{Parts[_random.Next(Parts.Length)]}}}");
    }

    private byte[] Damage(byte[] bytes)
    {
        var damaged = new List<byte>(bytes);
        for (var changes = _random.Next(1, 6); changes > 0 && damaged.Count > 0; changes--)
        {
            // Most damage is done where the parts are described, at the two ends.
            var place = _random.Next(3) switch
            {
                0 => _random.Next(damaged.Count),
                1 => _random.Next(Math.Min(600, damaged.Count)),
                _ => damaged.Count - 1 - _random.Next(Math.Min(600, damaged.Count)),
            };
            var length = Math.Min(_random.Next(1, 20), damaged.Count - place);
            switch (_random.Next(5))
            {
                case 0:
                    damaged[place] = (byte)_random.Next(256);
                    break;
                case 1:
                    damaged[place] ^= (byte)(1 << _random.Next(8));
                    break;
                case 2:
                    damaged.RemoveRange(place, length);
                    break;
                case 3:
                    damaged.InsertRange(place, damaged.GetRange(place, length));
                    break;
                default:
                    damaged[place] = (byte)"0123456789{}[]\",:-.e\\"[_random.Next(21)];
                    break;
            }
        }

        return [.. damaged];
    }
}
