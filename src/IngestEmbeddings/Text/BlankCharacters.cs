namespace IngestEmbeddings.Text;

/// <summary>The characters that a blank text consists of: Unicode's White_Space. A row with a blank text is not a candidate.</summary>
public static class BlankCharacters
{
    /// <summary>All of them: 25 characters, each one UTF-16 unit.</summary>
    public static string All { get; } =
        string.Concat(Enumerable.Range(char.MinValue, char.MaxValue + 1).Select(code => (char)code).Where(char.IsWhiteSpace));

    /// <summary>Those of ASCII, for a database whose encoding lacks the others.</summary>
    public static string Ascii { get; } = string.Concat(All.Where(char.IsAscii));
}
