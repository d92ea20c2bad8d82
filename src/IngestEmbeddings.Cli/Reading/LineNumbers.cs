namespace IngestEmbeddings.Cli.Reading;

/// <summary>Remembers at which line each row began, in little memory: only where the distance between rows changes.</summary>
/// <remarks>A server tells of a bad row when many later ones have been read.</remarks>
internal sealed class LineNumbers
{
    private readonly List<(long Row, long Line, long Distance)> _runs = [];
    private long _rows;
    private long _last;

    /// <summary>Adds the line of the next row.</summary>
    public void Add(long line)
    {
        _rows++;
        if (_runs.Count == 0 || line - _last != _runs[^1].Distance)
        {
            // The row before may be the first of this run: its distance to the next was not known yet.
            if (_runs.Count > 0 && _runs[^1].Row == _rows - 1)
            {
                _runs[^1] = _runs[^1] with { Distance = line - _last };
            }
            else
            {
                _runs.Add((_rows, line, 1));
            }
        }

        _last = line;
    }

    /// <summary>The line of a row, both counted from 1; null for a row that was not added.</summary>
    public long? LineOf(long row)
    {
        if (row < 1 || row > _rows)
        {
            return null;
        }

        var (low, high) = (0, _runs.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = _runs[middle].Row <= row ? (middle, high) : (low, middle - 1);
        }

        return _runs[low].Line + ((row - _runs[low].Row) * _runs[low].Distance);
    }
}
