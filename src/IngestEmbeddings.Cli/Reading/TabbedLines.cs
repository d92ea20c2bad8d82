using System.Runtime.CompilerServices;

namespace IngestEmbeddings.Cli.Reading;

/// <summary>Splits lines at tabs. There are no quotes and no escapes: a quote is a character like any other.</summary>
internal static class TabbedLines
{
    public static async IAsyncEnumerable<string[]> ReadAsync(
        TextReader reader, InputPosition position, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var line in BoundedLines.ReadAsync(reader, position, cancellationToken))
        {
            if (line.Length > 0)
            {
                yield return line.Split('\t');
            }
        }
    }
}
