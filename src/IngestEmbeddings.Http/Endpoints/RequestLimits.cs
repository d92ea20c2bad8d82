namespace IngestEmbeddings.Http.Endpoints;

/// <summary>How much goes into one request; learned from what the server accepts and refuses. Safe for several threads.</summary>
/// <param name="limits">Where to begin.</param>
internal sealed class RequestLimits(EndpointLimits limits)
{
    private readonly Lock _lock = new();
    private int _maxItems = limits.MaxItems;
    private int _maxCharacters = limits.MaxCharacters;
    private int _acceptedItems;

    /// <summary>The maximum texts and characters now.</summary>
    public (int Items, int Characters) Current
    {
        get
        {
            lock (_lock)
            {
                return (_maxItems, _maxCharacters);
            }
        }
    }

    /// <summary>Takes from the texts that come next as many as one request may hold, at least one.</summary>
    public ReadOnlySpan<string> Take(ReadOnlySpan<string> texts)
    {
        var (items, characters) = Current;
        var (count, length) = (0, 0L);
        while (count < texts.Length && count < items && (count == 0 || length + texts[count].Length <= characters))
        {
            length += texts[count++].Length;
        }

        return texts[..count];
    }

    /// <summary>Notes that a request was accepted.</summary>
    public void Accepted(int items)
    {
        lock (_lock)
        {
            _acceptedItems = Math.Max(_acceptedItems, items);
        }
    }

    /// <summary>Notes that a request of several texts was refused. As many texts as were accepted before are not to blame.</summary>
    public void Refused(int items, long characters)
    {
        lock (_lock)
        {
            if (items <= _acceptedItems)
            {
                _maxCharacters = (int)Math.Min(_maxCharacters, Math.Max(1, characters / 2));
            }
            else
            {
                _maxItems = Math.Min(_maxItems, Math.Max(1, items / 2));
            }
        }
    }
}
