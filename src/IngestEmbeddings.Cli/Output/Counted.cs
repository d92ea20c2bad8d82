using System.Globalization;

namespace IngestEmbeddings.Cli.Output;

/// <summary>Writes numbers of things as people do.</summary>
internal static class Counted
{
    /// <summary><c>1 row</c>, <c>2 rows</c>.</summary>
    public static string Rows(long count) =>
        count.ToString(CultureInfo.InvariantCulture) + (count == 1 ? " row" : " rows");
}
