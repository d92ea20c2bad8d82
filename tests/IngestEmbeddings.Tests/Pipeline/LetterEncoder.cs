using IngestEmbeddings.Encoding;

namespace IngestEmbeddings.Tests.Pipeline;

/// <summary>
/// Encodes a text as a unit vector that points to its length, notes what it was given, and lets a test act in between.
/// </summary>
internal sealed class LetterEncoder : IEncoder
{
    private int _texts;

    public EncoderDescription Description { get; } = new() { Model = "letters", Dimension = 8, Fingerprint = "letters" };

    /// <summary>Texts encoded so far.</summary>
    public int Texts => _texts;

    /// <summary>Called before each text.</summary>
    public Action<string> OnText { get; init; } = static _ => { };

    public EncoderCounters Counters => default;

    public async ValueTask EncodeAsync(IReadOnlyList<string> texts, TextRole role, VectorBlock vectors, CancellationToken stopping)
    {
        await Task.Yield();
        for (var i = 0; i < texts.Count && !stopping.IsCancellationRequested; i++)
        {
            OnText(texts[i]);
            Interlocked.Increment(ref _texts);
            if (texts[i].StartsWith("refuse", StringComparison.Ordinal))
            {
                vectors.Fail(i, "refused");
                continue;
            }

            vectors.Row(i).Clear();
            vectors.Row(i)[texts[i].Length % 8] = texts[i].StartsWith("nan", StringComparison.Ordinal) ? float.NaN : 1;
            vectors.MarkEncoded(i);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
