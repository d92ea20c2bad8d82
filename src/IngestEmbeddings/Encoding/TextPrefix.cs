namespace IngestEmbeddings.Encoding;

/// <summary>The words that a model wants before each text, as a user gives them.</summary>
public static class TextPrefix
{
    /// <summary>Adds the colon and the space that a prefix lacks: <c>passage</c> becomes <c>passage: </c>.</summary>
    /// <param name="value">What the user gave; empty or white space means no prefix.</param>
    public static string Complete(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var name = value.Trim();
        return name.Length == 0 ? "" : name.EndsWith(':') ? name + " " : name + ": ";
    }
}
