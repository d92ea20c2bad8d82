using IngestEmbeddings.Encoding;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Rows;

namespace IngestEmbeddings.Internal;

/// <summary>A window with its vectors and metrics, ready to be written. Owned by one worker.</summary>
internal sealed class EncodedWindow : IDisposable
{
    private readonly RowWindow _window;
    private readonly TextMetrics[] _metrics;
    private readonly HashSet<int> _rejected = [];

    /// <summary>Prepares a window; with a dimension, room for its vectors.</summary>
    public EncodedWindow(RowWindow window, int? dimension)
    {
        _window = window;
        _metrics = new TextMetrics[window.Count];
        Vectors = dimension is { } components ? new VectorBlock(window.Count, components) : null;
    }

    /// <summary>The vectors of the rows; null when only metrics are made.</summary>
    public VectorBlock? Vectors { get; }

    /// <summary>Turns every vector that must not be written into a failure of its row.</summary>
    /// <exception cref="IngestException">So many were bad that the model must be.</exception>
    public void Validate(VectorValidator validator)
    {
        for (var row = 0; row < Vectors!.Count; row++)
        {
            if (Vectors.IsEncoded(row) && !validator.TryAccept(Vectors.Row(row), out var reason))
            {
                Vectors.Fail(row, reason);
                _rejected.Add(row);
            }
        }

        validator.ThrowIfTooMany();
    }

    /// <summary>Measures the rows that will be written.</summary>
    public void Measure(TextMeter meter)
    {
        for (var row = 0; row < _window.Count; row++)
        {
            if (IsReady(row))
            {
                _metrics[row] = meter.Measure(_window.Texts[row], _window.Frequencies?[row]);
            }
        }
    }

    /// <summary>
    /// The rows in batches of <paramref name="batchSize"/>, in key order. Rows that the encoder did not reach, because the run
    /// stops, are in none; then no batch completes the window.
    /// </summary>
    public IEnumerable<RowBatch> Batches(int batchSize)
    {
        var unfinished = false;
        for (var start = 0; start < _window.Count; start += batchSize)
        {
            var end = Math.Min(start + batchSize, _window.Count);
            var rows = new List<int>(end - start);
            var failures = new List<RowFailure>();
            for (var row = start; row < end; row++)
            {
                if (IsReady(row))
                {
                    rows.Add(row);
                }
                else if (Vectors!.Failure(row) is { } reason)
                {
                    failures.Add(new RowFailure(row, _rejected.Contains(row) ? "check" : "encode", reason));
                }
                else
                {
                    unfinished = true;
                }
            }

            var completes = end == _window.Count && !unfinished;
            if (rows.Count > 0 || failures.Count > 0 || completes)
            {
                yield return new RowBatch
                {
                    Window = _window,
                    Rows = rows,
                    Metrics = rows.ConvertAll(row => _metrics[row]),
                    Vectors = Vectors is null ? null : rows.ConvertAll(row => Vectors.RowMemory(row)),
                    Failures = failures,
                    CompletesWindow = completes,
                };
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Vectors?.Dispose();

    private bool IsReady(int row) => Vectors is null || Vectors.IsEncoded(row);
}
