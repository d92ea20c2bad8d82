using System.Security.Cryptography;

namespace IngestEmbeddings.Http.Hub;

/// <summary>A file of a model, as the hub describes it.</summary>
/// <param name="Path">Its place in the repository, such as <c>onnx/model.onnx</c>.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Hash">
/// What names it in the cache, in lower-case hexadecimal: the SHA-256 of a large file, or Git's SHA-1 of a small one.
/// </param>
public sealed record HubFile(string Path, long Size, string Hash)
{
    private const int Sha256Digits = 64;
    private const int Sha1Digits = 40;

    /// <summary>True when path, size and hash are such as can be kept: none leads out of a folder.</summary>
    internal bool IsSound =>
        Size >= 0
        && Hash.Length is Sha256Digits or Sha1Digits && Hash.All(char.IsAsciiHexDigitLower)
        && Path.Length > 0 && !Path.Contains('\\') && !Path.Contains(':')
        && Path.Split('/').All(static part => part.Length > 0 && part is not ("." or ".."));

    /// <summary>The hash of a content of this file's size, in the form of <see cref="Hash"/>.</summary>
    internal async Task<string> HashAsync(Stream content, CancellationToken cancellationToken)
    {
        // Git hashes a header before the content: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
        var isGit = Hash.Length == Sha1Digits;
        using var hash = IncrementalHash.CreateHash(isGit ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256);
        if (isGit)
        {
            hash.AppendData(System.Text.Encoding.ASCII.GetBytes($"blob {Size}\0"));
        }

        var buffer = new byte[1 << 17];
        for (int read; (read = await content.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            hash.AppendData(buffer, 0, read);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>The files of a revision.</summary>
/// <param name="Commit">The commit that the revision stands for, in hexadecimal.</param>
/// <param name="Files">Its files.</param>
internal sealed record HubListing(string Commit, IReadOnlyList<HubFile> Files);
