namespace IngestEmbeddings.Metrics;

/// <summary>Sums text metrics and gives their averages. Owned by one thread.</summary>
public sealed class MetricTotals
{
    private long _words;
    private long _length;
    private Sum _ratio;
    private Sum _entities;
    private Sum _frequency;

    /// <summary>The number of rows added.</summary>
    public int Rows { get; private set; }

    /// <summary>Adds the metrics of one row.</summary>
    public void Add(in TextMetrics metrics)
    {
        Rows++;
        _words += metrics.WordCount;
        _length += metrics.Length;
        _ratio.Add(metrics.WordRatio);
        _entities.Add(metrics.EntityCount);
        _frequency.Add(metrics.Frequency);
    }

    /// <summary>The averages over the rows added so far, each over the rows that have the metric; null without rows.</summary>
    public MetricAverages? Averages() => Rows == 0
        ? null
        : new MetricAverages(_ratio.Mean, (double)_words / Rows, (double)_length / Rows, _entities.Mean, _frequency.Mean);

    /// <summary>A sum over the rows that have a value.</summary>
    private struct Sum
    {
        private double _total;
        private int _count;

        public readonly double? Mean => _count == 0 ? null : _total / _count;

        public void Add(float? value)
        {
            if (value is { } number)
            {
                _total += number;
                _count++;
            }
        }
    }
}
