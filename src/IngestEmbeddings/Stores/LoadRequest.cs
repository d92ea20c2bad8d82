using System.Globalization;

namespace IngestEmbeddings.Stores;

/// <summary>Where loaded rows go.</summary>
public sealed record LoadRequest
{
    /// <summary>The table and its columns.</summary>
    public required TableRequest Table { get; init; }

    /// <summary>How messages call a row, counted from 1. Default: <c>Row 17</c>.</summary>
    public Func<long, string> RowName { get; init; } = static row => string.Create(CultureInfo.InvariantCulture, $"Row {row}");
}

/// <summary>One row to load.</summary>
/// <param name="Id">Its key as text; null: the store numbers it, after the maximum key so far.</param>
/// <param name="Text">Its text; null is loaded as NULL.</param>
public readonly record struct LoadRow(string? Id, string? Text);
