using System.Diagnostics.CodeAnalysis;

namespace IngestEmbeddings.Encoding;

/// <summary>The name of a model on a hub, such as <c>intfloat/multilingual-e5-small@main</c>.</summary>
/// <param name="Repository">The organisation and the name, or the name alone.</param>
/// <param name="Revision">A branch, a tag or a commit.</param>
public sealed record ModelId(string Repository, string Revision)
{
    /// <summary>The revision of an id that names none.</summary>
    public const string DefaultRevision = "main";

    /// <summary>Hugging Face allows no longer names.</summary>
    private const int MaxLength = 96;

    /// <summary>The folder of the repository in a cache of Hugging Face's layout.</summary>
    public string CacheName => "models--" + Repository.Replace("/", "--", StringComparison.Ordinal);

    /// <summary>True when the text has the form of an id. Such a text may also be a folder.</summary>
    /// <remarks>No part of an id can lead out of a folder or into another host.</remarks>
    public static bool TryParse(string text, [NotNullWhen(true)] out ModelId? id)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = text.Split('@');
        id = parts is [var repository] ? new ModelId(repository, DefaultRevision)
            : parts is [var named, var revision] ? new ModelId(named, revision)
            : null;
        if (id is null || !IsRepository(id.Repository) || !IsRevision(id.Revision))
        {
            id = null;
        }

        return id is not null;
    }

    /// <summary>The id as a user types it: without the default revision.</summary>
    public override string ToString() => Revision == DefaultRevision ? Repository : $"{Repository}@{Revision}";

    private static bool IsRepository(string text) =>
        text.Length <= MaxLength && text.Split('/') is { Length: <= 2 } parts
        && Array.TrueForAll(parts, static part => IsPart(part) && !part.Contains("--", StringComparison.Ordinal));

    /// <summary>A revision may have several parts: <c>refs/pr/1</c>.</summary>
    private static bool IsRevision(string text) => Array.TrueForAll(text.Split('/'), IsPart);

    private static bool IsPart(string part) =>
        part.Length > 0 && part[0] != '.' && !part.Contains("..", StringComparison.Ordinal)
        && part.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
