using IngestEmbeddings.Onnx.Folders;
using IngestEmbeddings.Onnx.Tokenizers;

namespace IngestEmbeddings.Benchmarks.Models;

/// <summary>Writes a model folder with random weights around a real tokenizer.</summary>
internal static class MakeModel
{
    public static int Run(string folder, string tokenizerFolder, string shapeName, string pooling)
    {
        var tokenizer = HuggingFaceTokenizer.Load(tokenizerFolder);
        var shape = (shapeName == "tiny" ? BertShape.Tiny : BertShape.E5Small) with { Vocabulary = tokenizer.VocabularySize };
        ModelFiles.Write(folder, shape, Enum.Parse<Pooling>(pooling), normalize: true);

        // transformers.js opens no folder without this file.
        ModelFiles.WriteJson(folder, "tokenizer_config.json", new { });
        foreach (var name in new[] { "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "sentencepiece.bpe.model" })
        {
            var file = Path.Combine(tokenizerFolder, name);
            if (File.Exists(file))
            {
                File.WriteAllBytes(Path.Combine(folder, name), File.ReadAllBytes(file));
            }
        }

        Console.WriteLine($"{folder}: {shape.Layers} layers of {shape.Hidden}, vocabulary {shape.Vocabulary}, {pooling}");
        return 0;
    }
}
