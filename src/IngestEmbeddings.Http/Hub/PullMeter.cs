using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;

namespace IngestEmbeddings.Http.Hub;

/// <summary>Counts the bytes of a model and tells them, a few times a second at most.</summary>
/// <param name="id">The model.</param>
/// <param name="total">Its bytes.</param>
/// <param name="options">The observer and the clock.</param>
internal sealed class PullMeter(ModelId id, long total, HubOptions options)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly long _start = options.Time.GetTimestamp();
    private TimeSpan _told = -Interval;

    /// <summary>The bytes of the model.</summary>
    public long Total => total;

    /// <summary>The bytes that had to be fetched.</summary>
    public long Fetched { get; private set; }

    /// <summary>Counts a piece.</summary>
    /// <param name="file">Of which file it is.</param>
    /// <param name="received">The bytes of the model that are here with it.</param>
    /// <param name="fetched">The bytes of the piece that were fetched now.</param>
    public void Add(string file, long received, long fetched)
    {
        Fetched += fetched;
        var elapsed = options.Time.GetElapsedTime(_start);
        if (Fetched > 0 && elapsed - _told >= Interval)
        {
            _told = elapsed;
            options.Observer.Observe(new PullProgressed(id.ToString(), file, received, Fetched, total, elapsed));
        }
    }

    /// <summary>Tells the end, where something had to be fetched.</summary>
    public void Finish()
    {
        if (Fetched > 0)
        {
            options.Observer.Observe(new PullFinished(id.ToString(), Fetched, total, options.Time.GetElapsedTime(_start)));
        }
    }
}
