using System.Globalization;
using System.Security.Cryptography;
using IngestEmbeddings.Onnx.Files;
using IngestEmbeddings.Onnx.Graphs;

namespace IngestEmbeddings.Onnx.Folders;

/// <summary>Hashes everything that a model's vectors depend on.</summary>
internal static class ModelFingerprint
{
    /// <summary>
    /// SHA-256, in hexadecimal, over the graph and its data files, the tokenizer's files, pooling, normalisation, maximum
    /// length, prefix, arithmetic and dimension. About a second a gigabyte.
    /// </summary>
    /// <param name="folder">The model.</param>
    /// <param name="graph">Its graph.</param>
    /// <param name="arithmetic">How the graph is computed: its precision, or what else its vectors depend on.</param>
    /// <param name="prefix">What is put before each text.</param>
    /// <param name="dimension">The components of a vector.</param>
    public static string Of(ModelFolder folder, GraphFile graph, string arithmetic, string prefix, int dimension)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        string[] settings =
        [
            "1", // The version of this list.
            folder.Pooling.ToString(),
            folder.Normalized ? "normalized" : "raw",
            folder.MaxTokens?.ToString(CultureInfo.InvariantCulture) ?? "unlimited",
            arithmetic,
            dimension.ToString(CultureInfo.InvariantCulture),
            prefix,
            .. folder.LowerCases ? ["lower case"] : (string[])[],
        ];
        foreach (var setting in settings)
        {
            AppendLength(hash, System.Text.Encoding.UTF8.GetByteCount(setting));
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(setting));
        }

        foreach (var path in graph.DataFiles.Prepend(graph.Path).Concat(folder.TokenizerFiles))
        {
            using var stream = RegularFile.Open(path, long.MaxValue);
            AppendLength(hash, stream.Length);
            Append(hash, stream);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The length before each part keeps two lists of parts from running together into the same bytes.</summary>
    private static void AppendLength(IncrementalHash hash, long length) => hash.AppendData(BitConverter.GetBytes(length));

    private static void Append(IncrementalHash hash, FileStream stream)
    {
        var buffer = new byte[1 << 16];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            hash.AppendData(buffer, 0, read);
        }
    }
}
