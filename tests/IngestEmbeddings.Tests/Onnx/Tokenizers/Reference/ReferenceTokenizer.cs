using System.Runtime.InteropServices;
using Tokenizers.DotNet;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Tokenizers.Reference;

/// <summary>The <c>tokenizers</c> library itself, by way of the package Tokenizers.DotNet.</summary>
/// <remarks>It adds the special tokens of a file and applies the file's own truncation and padding.</remarks>
internal sealed class ReferenceTokenizer : IDisposable
{
    private readonly Tokenizer _tokenizer;

    /// <param name="file">A <c>tokenizer.json</c>.</param>
    /// <exception cref="TokenizerException">The library refuses the file.</exception>
    public ReferenceTokenizer(string file) => _tokenizer = new Tokenizer(file);

    /// <summary>The ids of a text; U+FFFD stands for each half of a surrogate pair, since the library takes UTF-8.</summary>
    public int[] Ids(string text) => [.. _tokenizer.Encode(WellFormed(text)).Select(id => (int)id)];

    /// <summary>Skips the calling test where the package has no library for this machine.</summary>
    public static void SkipWhereMissing() => Assert.SkipUnless(
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64,
        "The tokenizers library is restored for Linux on x64 only.");

    public void Dispose() => _tokenizer.Dispose();

    private static string WellFormed(string text) => System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text));
}
