using System.Text.Encodings.Web;
using System.Text.Json;

namespace ShippedModel;

/// <summary>Writes the <c>tokenizer.json</c> of an uncased BERT tokenizer from its vocabulary.</summary>
/// <remarks>
/// The settings are those that Hugging Face's converter gives a <c>BertTokenizer</c> with <c>do_lower_case</c>. There is no
/// truncation and no padding: the model's folder states the maximum.
/// </remarks>
internal static class BertTokenizerFile
{
    private const int MaxWordLength = 100;

    private static readonly string[] Special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    /// <summary>Writes the file.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="vocabulary">The pieces; the position of a piece is its id.</param>
    public static void Write(string path, IReadOnlyList<string> vocabulary)
    {
        var ids = vocabulary.Select((piece, id) => (piece, id)).ToDictionary(pair => pair.piece, pair => pair.id, StringComparer.Ordinal);
        using var stream = File.Create(path);
        using var writer = new Utf8JsonWriter(
            stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        writer.WriteStartObject();
        writer.WriteString("version", "1.0");
        writer.WriteNull("truncation");
        writer.WriteNull("padding");
        WriteSpecialTokens(writer, ids);
        WriteParts(writer);
        WriteTemplate(writer, ids);
        WriteModel(writer, vocabulary);
        writer.WriteEndObject();
    }

    private static void WriteSpecialTokens(Utf8JsonWriter writer, Dictionary<string, int> ids)
    {
        writer.WriteStartArray("added_tokens");
        foreach (var token in Special)
        {
            writer.WriteStartObject();
            writer.WriteNumber("id", ids[token]);
            writer.WriteString("content", token);
            writer.WriteBoolean("single_word", false);
            writer.WriteBoolean("lstrip", false);
            writer.WriteBoolean("rstrip", false);
            writer.WriteBoolean("normalized", false);
            writer.WriteBoolean("special", true);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteParts(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("normalizer");
        writer.WriteString("type", "BertNormalizer");
        writer.WriteBoolean("clean_text", true);
        writer.WriteBoolean("handle_chinese_chars", true);
        writer.WriteNull("strip_accents");
        writer.WriteBoolean("lowercase", true);
        writer.WriteEndObject();

        writer.WriteStartObject("pre_tokenizer");
        writer.WriteString("type", "BertPreTokenizer");
        writer.WriteEndObject();

        writer.WriteStartObject("decoder");
        writer.WriteString("type", "WordPiece");
        writer.WriteString("prefix", "##");
        writer.WriteBoolean("cleanup", true);
        writer.WriteEndObject();
    }

    private static void WriteTemplate(Utf8JsonWriter writer, Dictionary<string, int> ids)
    {
        writer.WriteStartObject("post_processor");
        writer.WriteString("type", "TemplateProcessing");
        WritePieces(writer, "single", [("SpecialToken", "[CLS]", 0), ("Sequence", "A", 0), ("SpecialToken", "[SEP]", 0)]);
        WritePieces(
            writer,
            "pair",
            [
                ("SpecialToken", "[CLS]", 0), ("Sequence", "A", 0), ("SpecialToken", "[SEP]", 0), ("Sequence", "B", 1),
                ("SpecialToken", "[SEP]", 1),
            ]);
        writer.WriteStartObject("special_tokens");
        foreach (var token in new[] { "[CLS]", "[SEP]" })
        {
            writer.WriteStartObject(token);
            writer.WriteString("id", token);
            writer.WriteStartArray("ids");
            writer.WriteNumberValue(ids[token]);
            writer.WriteEndArray();
            writer.WriteStartArray("tokens");
            writer.WriteStringValue(token);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WritePieces(Utf8JsonWriter writer, string name, (string Kind, string Id, int Type)[] pieces)
    {
        writer.WriteStartArray(name);
        foreach (var (kind, id, type) in pieces)
        {
            writer.WriteStartObject();
            writer.WriteStartObject(kind);
            writer.WriteString("id", id);
            writer.WriteNumber("type_id", type);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteModel(Utf8JsonWriter writer, IReadOnlyList<string> vocabulary)
    {
        writer.WriteStartObject("model");
        writer.WriteString("type", "WordPiece");
        writer.WriteString("unk_token", "[UNK]");
        writer.WriteString("continuing_subword_prefix", "##");
        writer.WriteNumber("max_input_chars_per_word", MaxWordLength);
        writer.WriteStartObject("vocab");
        for (var id = 0; id < vocabulary.Count; id++)
        {
            writer.WriteNumber(vocabulary[id], id);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
