using System.Text.Json;
using System.Text.RegularExpressions;
using IngestEmbeddings.Onnx.Files;
using IngestEmbeddings.Onnx.Tokenizers.Loading;
using IngestEmbeddings.Onnx.Tokenizers.Text;
using IngestEmbeddings.Tests.Support;

namespace IngestEmbeddings.Tests.Onnx.Tokenizers;

/// <summary>Runs single parts of a tokenizer as its file writes them, and reads the goldens' texts.</summary>
internal static class TokenizerParsing
{
    private static readonly TokenizerSettings NoSettings = new(null, null);

    public static JsonPart Part(string json) => new("tokenizer.json", "part", JsonDocument.Parse(json).RootElement);

    public static string Normalize(string json, string text) => Normalizer(json)(text);

    /// <summary>A normalizer, read once.</summary>
    public static Func<string, string> Normalizer(string json)
    {
        var normalizers = NormalizerReader.Read(Part(json), NoSettings);
        return text =>
        {
            Workspace.Current.Begin(text.Length);
            foreach (var normalizer in normalizers)
            {
                var output = new CharBuffer();
                text = normalizer.Apply(text, output, Workspace.Current) ? output.Written.ToString() : text;
            }

            return text;
        };
    }

    public static string[] Split(string json, string text, bool atStart = true) => Splitter(json)(text, atStart);

    /// <summary>A pre-tokenizer, read once.</summary>
    public static Func<string, bool, string[]> Splitter(string json)
    {
        var preTokenizers = PreTokenizerReader.Read(Part(json));
        return (text, atStart) =>
        {
            Workspace.Current.Begin(text.Length);
            var pieces = new PieceList();
            pieces.Add(text, atStart);
            foreach (var preTokenizer in preTokenizers)
            {
                var next = new PieceList();
                for (var i = 0; i < pieces.Count; i++)
                {
                    preTokenizer.Split(pieces[i], pieces.IsAtStart(i), next);
                }

                pieces = next;
            }

            return [.. Enumerable.Range(0, pieces.Count).Select(i => pieces[i].ToString())];
        };
    }

    /// <summary>The texts of a file with a JSON string a line, which may hold half a surrogate pair.</summary>
    public static IReadOnlyList<string> ReadTexts(string path) =>
        [.. File.ReadLines(path).Select(line => Regex.Unescape(line[1..^1]))];

    /// <summary>The ids of a file of the reference's answers.</summary>
    public static IReadOnlyList<int[]> ReadIds(string path) =>
        [.. File.ReadLines(path).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ToArray())];

    public static string Golden(params ReadOnlySpan<string> parts) =>
        Repository.PathOf(["tests", "IngestEmbeddings.Tests", "Golden", "tokenizers", .. parts]);
}
