using IngestEmbeddings.Metrics;

namespace IngestEmbeddings.Events;

/// <summary>Sums what the events of a run tell. Safe for use by several threads.</summary>
/// <param name="clock">The clock of durations.</param>
public sealed class RunMeter(TimeProvider clock) : IIngestObserver
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _failures = [];
    private readonly Mean _ratio = new();
    private readonly Mean _words = new();
    private readonly Mean _length = new();
    private readonly Mean _entities = new();
    private readonly Mean _frequency = new();
    private RunFigures _figures = new();
    private long? _started;
    private long? _ended;
    private int _active;

    /// <summary>The figures of the run so far.</summary>
    public RunFigures Read()
    {
        lock (_lock)
        {
            return _figures with
            {
                Elapsed = _started is { } started ? clock.GetElapsedTime(started, _ended ?? clock.GetTimestamp()) : TimeSpan.Zero,
                FailuresByReason = new Dictionary<string, long>(_failures),
                Averages = _words.Value is { } words
                    ? new MetricAverages(_ratio.Value, words, _length.Value ?? 0, _entities.Value, _frequency.Value)
                    : null,
            };
        }
    }

    /// <inheritdoc/>
    public void Observe(IngestEvent ingestEvent)
    {
        lock (_lock)
        {
            _figures = ingestEvent switch
            {
                RunStarted started => _figures with { Workers = started.Workers, Total = started.Total },
                WorkerStarted => Begin(),
                WorkerEnded => End(),
                WindowRead read => _figures with { WindowsInFlight = _figures.WindowsInFlight + 1, Stages = _figures.Stages with { Read = _figures.Stages.Read + read.Elapsed } },
                WindowEncoded encoded => Add(encoded),
                WindowWritten written => _figures with { WindowsInFlight = _figures.WindowsInFlight - 1, Stages = _figures.Stages with { Write = _figures.Stages.Write + written.Elapsed } },
                WorkerWaited waited => _figures with { Stages = _figures.Stages with { Wait = _figures.Stages.Wait + waited.Elapsed } },
                BatchWritten batch => Add(batch),
                RowFailed failed => Add(failed),
                RetryScheduled => _figures with { Retries = _figures.Retries + 1 },
                LeaseLost => _figures with { LeasesLost = _figures.LeasesLost + 1 },
                _ => _figures,
            };
        }
    }

    private RunFigures Begin()
    {
        _started ??= clock.GetTimestamp();
        _ended = null;
        _active++;
        return _figures;
    }

    private RunFigures End()
    {
        if (--_active == 0)
        {
            _ended = clock.GetTimestamp();
        }

        return _figures;
    }

    private RunFigures Add(WindowEncoded encoded) => _figures with
    {
        Tokens = _figures.Tokens + encoded.Cost.Tokens,
        RowsEncoded = _figures.RowsEncoded + encoded.Rows,
        Repeated = _figures.Repeated + encoded.Cost.Repeated,
        Truncated = _figures.Truncated + encoded.Cost.Truncated,
        LostTokens = _figures.LostTokens + encoded.Cost.LostTokens,
        MostTruncated = encoded.MostTruncated.Count == 0
            ? _figures.MostTruncated
            : TruncatedRow.Most(_figures.MostTruncated.Concat(encoded.MostTruncated)),
        Stages = _figures.Stages with
        {
            Tokenize = _figures.Stages.Tokenize + encoded.Cost.Tokenizing,
            Encode = _figures.Stages.Encode + encoded.Elapsed - encoded.Cost.Tokenizing,
        },
    };

    private RunFigures Add(BatchWritten batch)
    {
        if (batch.Averages is { } averages)
        {
            _ratio.Add(averages.WordRatio, batch.Rows);
            _words.Add(averages.WordCount, batch.Rows);
            _length.Add(averages.Length, batch.Rows);
            _entities.Add(averages.EntityCount, batch.Rows);
            _frequency.Add(averages.Frequency, batch.Rows);
        }

        return _figures with { Written = batch.Written, Total = batch.Total };
    }

    private RunFigures Add(RowFailed failed)
    {
        var reason = $"{failed.Stage}: {failed.Reason}";
        if (_failures.ContainsKey(reason) || _failures.Count < RunFigures.MaxReasons)
        {
            _failures[reason] = _failures.GetValueOrDefault(reason) + 1;
        }

        return _figures with { Failed = _figures.Failed + 1 };
    }

    private sealed class Mean
    {
        private double _sum;
        private long _rows;

        public double? Value => _rows == 0 ? null : _sum / _rows;

        public void Add(double? value, int rows)
        {
            if (value is { } number)
            {
                _sum += number * rows;
                _rows += rows;
            }
        }
    }
}
