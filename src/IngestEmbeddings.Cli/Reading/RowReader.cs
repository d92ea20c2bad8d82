using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Reading;

/// <summary>Reads rows to load from a stream: UTF-8 (or UTF-16 with its mark), line ends of any kind.</summary>
/// <remarks>
/// Lines that are empty are passed over. Anything that is not understood ends the reading with an error that names the line:
/// a row is never guessed, and never dropped in silence. Memory is one row, of at most <see cref="BoundedLines.MaxCharacters"/>.
/// </remarks>
/// <param name="source">How messages call the input: a file, or <c>standard input</c>.</param>
/// <param name="format">The form of the input.</param>
/// <param name="fields">Which fields are taken.</param>
internal sealed class RowReader(string source, RowFormat format, FieldNames fields)
{
    // Bytes that are not UTF-8 are an error: replaced by U+FFFD, they would be in the table for good.
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly LineNumbers _lines = new();

    /// <summary>How messages call a row, counted from 1: by its line.</summary>
    public string NameOf(long row) =>
        _lines.LineOf(row) is { } line ? string.Create(CultureInfo.InvariantCulture, $"{source}, line {line}") : string.Create(CultureInfo.InvariantCulture, $"Row {row}");

    /// <summary>Reads the rows in their order.</summary>
    /// <param name="input">The stream; the caller closes it.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    /// <exception cref="IngestException">The input is not as it should be.</exception>
    public async IAsyncEnumerable<LoadRow> ReadAsync(
        Stream input, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var reader = new StreamReader(input, StrictUtf8, detectEncodingFromByteOrderMarks: true, leaveOpen: true);
        var position = new InputPosition(source);
        var rows = format switch
        {
            RowFormat.Tsv => DelimitedRows.ReadAsync(TabbedLines.ReadAsync(reader, position, cancellationToken), fields, position, '\t'),
            RowFormat.Csv => DelimitedRows.ReadAsync(CsvRecords.ReadAsync(reader, position, cancellationToken), fields, position, ','),
            RowFormat.JsonLines => JsonRows.ReadAsync(reader, fields, position, cancellationToken),
            _ => TextRows.ReadAsync(reader, position, cancellationToken),
        };
        await using var enumerator = rows.GetAsyncEnumerator(cancellationToken);
        while (await MoveNextAsync(enumerator, position))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var row = enumerator.Current;
            if (row.Text is not null && row.Text.Contains('\0'))
            {
                throw position.Fault("the text holds the character U+0000, which a database cannot keep.");
            }

            _lines.Add(position.Line);
            yield return row;
        }
    }

    private static async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<LoadRow> rows, InputPosition position)
    {
        try
        {
            return await rows.MoveNextAsync();
        }
        catch (DecoderFallbackException exception)
        {
            // The reader decodes ahead, so the line is only known from below.
            throw position.FaultAfter("bytes that are not UTF-8. Convert the file, for instance with iconv.", exception);
        }
        catch (IOException exception)
        {
            throw position.FaultAfter($"it cannot be read further: {exception.Message}", exception);
        }
    }
}
