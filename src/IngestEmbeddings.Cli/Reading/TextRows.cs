using System.Runtime.CompilerServices;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Reading;

/// <summary>Takes each line as a text, as it is; the store numbers the rows.</summary>
internal static class TextRows
{
    public static async IAsyncEnumerable<LoadRow> ReadAsync(
        TextReader reader, InputPosition position, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var line in BoundedLines.ReadAsync(reader, position, cancellationToken))
        {
            if (line.Length > 0)
            {
                yield return new LoadRow(null, line);
            }
        }
    }
}
