using System.Runtime.CompilerServices;
using CsvHelper;

namespace IngestEmbeddings.Cli.Reading;

/// <summary>Reads the records of comma-separated values with CsvHelper.</summary>
internal static class CsvRecords
{
    public static async IAsyncEnumerable<string[]> ReadAsync(
        TextReader reader, InputPosition position, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The separator is not detected: commas in a text would be mistaken for it, or it for them.
        var options = new CsvReaderOptions
        {
            Separator = ',',
            HasHeader = false,
            TrackLineNumbers = true,
            IncludeValuesInExceptions = false,
            MalformedData = CsvMalformedDataHandling.Throw,
        };
        using var bounded = new RecordLimitReader(reader);
        using var csv = CsvReader.Create(bounded, options, leaveOpen: true);
        while (await ReadAsync(csv, position, cancellationToken))
        {
            position.Line = csv.LineNumber;
            bounded.BeginRecord();
            var record = new string[csv.FieldCount];
            for (var i = 0; i < record.Length; i++)
            {
                record[i] = csv.GetString(i);
            }

            yield return record;
        }
    }

    private static async ValueTask<bool> ReadAsync(CsvReader csv, InputPosition position, CancellationToken cancellationToken)
    {
        try
        {
            return await csv.ReadAsync(cancellationToken);
        }
        catch (InvalidDataException exception)
        {
            throw position.FaultAfter(exception.Message, exception);
        }
        catch (CsvFormatException exception)
        {
            position.Line = exception.LineNumber;
            throw position.Fault(
                "its quotes are not those of CSV. A field with quotes stands in quotes, and its own are doubled.", exception);
        }
    }
}
