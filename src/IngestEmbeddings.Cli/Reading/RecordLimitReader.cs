namespace IngestEmbeddings.Cli.Reading;

/// <summary>Ends a record that has no end: a quote that is never closed would take the rest of a file into memory.</summary>
internal sealed class RecordLimitReader(TextReader reader) : TextReader
{
    private long _count;

    /// <summary>Counts from zero again: a record was understood.</summary>
    public void BeginRecord() => _count = 0;

    public override int Read(char[] buffer, int index, int count) => Count(reader.Read(buffer, index, count));

    public override int Read(Span<char> buffer) => Count(reader.Read(buffer));

    public override async Task<int> ReadAsync(char[] buffer, int index, int count) => Count(await reader.ReadAsync(buffer, index, count));

    public override async ValueTask<int> ReadAsync(Memory<char> buffer, CancellationToken cancellationToken = default) =>
        Count(await reader.ReadAsync(buffer, cancellationToken));

    public override int Peek() => reader.Peek();

    public override int Read()
    {
        var character = reader.Read();
        _ = Count(character < 0 ? 0 : 1);
        return character;
    }

    private int Count(int characters)
    {
        _count += characters;
        return _count <= BoundedLines.MaxCharacters ? characters : throw new InvalidDataException(BoundedLines.TooLong);
    }
}
