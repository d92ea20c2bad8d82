namespace IngestEmbeddings.Cli.Settings;

/// <summary>Completes what is put before each text.</summary>
internal static class Prefix
{
    /// <summary><c>passage</c> and <c>passage:</c> become <c>passage: </c>; an empty prefix stays empty.</summary>
    public static string Complete(string prefix)
    {
        var trimmed = prefix.Trim();
        return trimmed switch
        {
            "" => "",
            [.., ':'] => trimmed + " ",
            _ => trimmed + ": ",
        };
    }
}
