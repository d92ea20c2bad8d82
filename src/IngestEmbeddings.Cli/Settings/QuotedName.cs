namespace IngestEmbeddings.Cli.Settings;

/// <summary>Reads a name as SQL writes it: <c>"User"</c> is the table <c>User</c>.</summary>
internal static class QuotedName
{
    /// <summary>The name without the quotes around it, and its own doubled quotes single; any other name as it is.</summary>
    public static string? Read(string? name) =>
        name is ['"', .. { Length: > 0 } inner, '"'] && !inner.Replace("\"\"", "", StringComparison.Ordinal).Contains('"')
            ? inner.Replace("\"\"", "\"", StringComparison.Ordinal)
            : name is ['"', .., '"'] ? Qualified(name) : name;

    // "My Schema"."User" reaches the catalog as SCHEMA.TABLE.
    private static string Qualified(string name)
    {
        var parts = name.Split("\".\"");
        return parts.Length == 2 ? $"{Read(parts[0] + '"')}.{Read('"' + parts[1])}" : name;
    }
}
