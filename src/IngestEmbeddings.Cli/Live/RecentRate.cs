namespace IngestEmbeddings.Cli.Live;

/// <summary>How fast counts have grown lately.</summary>
/// <param name="clock">The clock.</param>
internal sealed class RecentRate(TimeProvider clock)
{
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(20);

    private readonly Queue<(long At, long Rows, long Tokens)> _looks = new();

    /// <summary>Takes the counts of now, and gives both rates over the last 20 seconds.</summary>
    public (double Rows, double Tokens) Look(long rows, long tokens)
    {
        var now = clock.GetTimestamp();
        _looks.Enqueue((now, rows, tokens));
        while (_looks.Count > 2 && clock.GetElapsedTime(_looks.Peek().At, now) > Span)
        {
            _looks.Dequeue();
        }

        var first = _looks.Peek();
        var seconds = clock.GetElapsedTime(first.At, now).TotalSeconds;
        return seconds > 0 ? ((rows - first.Rows) / seconds, (tokens - first.Tokens) / seconds) : (0, 0);
    }
}
