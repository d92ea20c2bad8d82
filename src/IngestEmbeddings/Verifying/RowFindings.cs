using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Text;

namespace IngestEmbeddings.Verifying;

/// <summary>Checks rows one after the other, and keeps a sample of them to be encoded again.</summary>
/// <param name="signs">True where only the signs of the components are kept.</param>
/// <param name="dimension">Their dimension; null: that of the first.</param>
/// <param name="normalized">True where each has length 1.</param>
/// <param name="failed">The keys of the failed rows, as messages show them.</param>
/// <param name="sampleRows">How many rows to keep.</param>
internal sealed class RowFindings(bool signs, int? dimension, bool normalized, IReadOnlySet<string> failed, int sampleRows)
{
    private const int MaxKeys = 20;

    // Sixteen bytes each; of a larger table the first millions are compared.
    private const int MaxHashes = 4_000_000;

    // A component of half precision is off by 2^-11 of itself, and so may the length be.
    private const float LengthTolerance = 2 * VectorValidator.NormTolerance;

    private readonly Dictionary<string, (long Count, List<AuditedRow> Rows)> _found = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, (int Text, AuditedRow? Row)> _vectors = [];
    private readonly List<AuditedRow> _sample = [];
    private readonly List<AuditedRow> _repeated = [];
    private readonly TextMeter _meter = new();

    private int? _dimension = dimension;

    /// <summary>False for a table of embeddings alone, whose rows have no metrics. Default true.</summary>
    public bool HasMetrics { get; init; } = true;

    public long Candidates { get; private set; }

    public long Vectors { get; private set; }

    /// <summary>Rows by chance, each as likely as any other.</summary>
    public IReadOnlyList<AuditedRow> Sample => _sample;

    /// <summary>Rows whose vector another row with another text has, which some models give to texts that differ in case alone.</summary>
    public IReadOnlyList<AuditedRow> Repeated => _repeated;

    /// <summary>What was found, with the number of rows and some of them.</summary>
    public IEnumerable<(string Check, long Count, IReadOnlyList<AuditedRow> Rows)> Found =>
        _found.Select(static found => (found.Key, found.Value.Count, (IReadOnlyList<AuditedRow>)found.Value.Rows));

    /// <summary>Checks a row.</summary>
    public void Check(AuditedRow row)
    {
        var text = row.Text;
        if (text.AsSpan().Trim(BlankCharacters.All).IsEmpty)
        {
            return;
        }

        Candidates++;
        if (row.Vector is null)
        {
            AddIf(!failed.Contains(row.ShownKey), "missing", row);
            return;
        }

        Vectors++;
        if (row.IsCurrent == false)
        {
            // Its metrics are of the older text too, and the run that makes the vector makes them.
            Add("stale", row);
            return;
        }

        if (HasMetrics)
        {
            CheckMetrics(row, text!);
        }
        if (FaultOf(row.Vector) is { } fault)
        {
            Add(fault, row);
        }
        else
        {
            Compare(row, row.Vector, text!);
            Keep(row);
        }
    }

    /// <summary>Adds a row to a finding.</summary>
    public void Add(string check, AuditedRow row)
    {
        var (count, rows) = _found.TryGetValue(check, out var found) ? found : (0, []);
        if (rows.Count < MaxKeys)
        {
            rows.Add(row);
        }

        _found[check] = (count + 1, rows);
    }

    private void AddIf(bool condition, string check, AuditedRow row)
    {
        if (condition)
        {
            Add(check, row);
        }
    }

    private string? FaultOf(ReadOnlySpan<float> vector)
    {
        _dimension ??= vector.Length;
        if (vector.Length != _dimension)
        {
            return "dimension";
        }

        // A sum is finite only if each component is.
        var squares = TensorPrimitives.SumOfSquares(vector);
        return !float.IsFinite(squares) ? "not-finite"
            : signs ? null
            : vector.Length > 1 && !vector.ContainsAnyExcept(vector[0]) ? "constant"
            : normalized && Math.Abs(MathF.Sqrt(squares) - 1) > LengthTolerance ? "length"
            : null;
    }

    private void CheckMetrics(AuditedRow row, string text)
    {
        if (row.Metrics is not { } stored)
        {
            Add("no-metrics", row);
            return;
        }

        var measured = _meter.Measure(text, frequency: null);
        AddIf(
            stored.WordCount != measured.WordCount || stored.Length != measured.Length
            || (stored.EntityCount is { } entities && entities != measured.EntityCount)
            || stored.WordRatio is < 0 or > 1 or float.NaN || stored.Frequency is < 1,
            "metrics",
            row);
    }

    private void Compare(AuditedRow row, float[] vector, string text)
    {
        if (signs)
        {
            return;
        }

        var textHash = string.GetHashCode(text, StringComparison.Ordinal);
        var hash = Hash(vector);
        if (!_vectors.TryGetValue(hash, out var known))
        {
            if (_vectors.Count < MaxHashes)
            {
                _vectors.Add(hash, (textHash, _vectors.Count < sampleRows ? row : null));
            }
        }
        else if (known.Text != textHash && _repeated.Count < sampleRows)
        {
            _repeated.Add(row);
            if (known.Row is { } first && !_repeated.Contains(first))
            {
                _repeated.Add(first);
            }
        }
    }

    private void Keep(AuditedRow row)
    {
        if (_sample.Count < sampleRows)
        {
            _sample.Add(row);
        }
        else if ((long)(Mix((ulong)Vectors) % (ulong)Vectors) is var place && place < sampleRows)
        {
            _sample[(int)place] = row;
        }
    }

    // Chance by the number of the row alone, so that a finding is found again.
    private static ulong Mix(ulong number)
    {
        number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9UL;
        number = (number ^ (number >> 27)) * 0x94D049BB133111EBUL;
        return number ^ (number >> 31);
    }

    private static ulong Hash(ReadOnlySpan<float> vector)
    {
        var hash = 0x9E3779B97F4A7C15UL;
        foreach (var component in MemoryMarshal.Cast<float, uint>(vector))
        {
            hash = (BitOperations.RotateLeft(hash, 27) ^ component) * 0x9FB21C651E98DF25UL;
        }

        return hash ^ (hash >> 29);
    }
}
