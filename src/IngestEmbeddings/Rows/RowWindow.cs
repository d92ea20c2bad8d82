namespace IngestEmbeddings.Rows;

/// <summary>
/// Consecutive pending rows, in key order, as they were at one moment. The unit that is read, encoded and kept in memory.
/// </summary>
/// <remarks>
/// Immutable and safe to read from any thread. A store derives from it to keep what the write needs: keys, row versions,
/// the claim that the rows came from. The core refers to a row by its index in the window and never sees a key as a value.
/// </remarks>
public abstract class RowWindow
{
    /// <summary>Creates a window.</summary>
    /// <param name="texts">The text of each row; none is null or white space.</param>
    /// <param name="frequencies">For each row, how many rows of the table have exactly its text; null when frequency is skipped.</param>
    protected RowWindow(IReadOnlyList<string> texts, IReadOnlyList<int>? frequencies = null)
    {
        ArgumentNullException.ThrowIfNull(texts);
        if (frequencies is not null && frequencies.Count != texts.Count)
        {
            throw new ArgumentException("One frequency a row, or none at all.", nameof(frequencies));
        }

        Texts = texts;
        Frequencies = frequencies;
    }

    /// <summary>The text of each row.</summary>
    public IReadOnlyList<string> Texts { get; }

    /// <summary>For each row, how many rows of the table have exactly its text; null when frequency is skipped.</summary>
    public IReadOnlyList<int>? Frequencies { get; }

    /// <summary>How many of the texts are only the beginning of a longer one (<see cref="Text.TextLimits"/>). Default 0.</summary>
    public int CutTexts { get; init; }

    /// <summary>The number of rows.</summary>
    public int Count => Texts.Count;

    /// <summary>The key of a row in the form that messages show, such as <c>42</c> or <c>(7, haw)</c>. Never part of SQL.</summary>
    public abstract string DescribeKey(int row);
}
