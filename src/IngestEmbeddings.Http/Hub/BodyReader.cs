namespace IngestEmbeddings.Http.Hub;

/// <summary>Reads the body of an answer that may stop for ever or never end.</summary>
internal static class BodyReader
{
    private const int BufferBytes = 1 << 17;

    /// <summary>Copies a body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="target">Where to; what was received before a fault is written.</param>
    /// <param name="maxBytes">The maximum bytes of the body.</param>
    /// <param name="options">How long no byte may come, and the clock.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    /// <param name="received">Is told of each piece that is written.</param>
    /// <returns>The bytes copied.</returns>
    /// <exception cref="TimeoutException">No byte came for too long.</exception>
    /// <exception cref="BodyTooLongException">The body has more bytes.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public static async Task<long> CopyAsync(
        Stream body, Stream target, long maxBytes, HubOptions options, CancellationToken cancellationToken, Action<int>? received = null)
    {
        var buffer = new byte[BufferBytes];
        for (long total = 0; ;)
        {
            var read = await ReadAsync(body, buffer, options, cancellationToken);
            if (read == 0)
            {
                return total;
            }

            total += read;
            if (total > maxBytes)
            {
                throw new BodyTooLongException();
            }

            await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            received?.Invoke(read);
        }
    }

    private static async ValueTask<int> ReadAsync(Stream body, byte[] buffer, HubOptions options, CancellationToken cancellationToken)
    {
        using var stall = new CancellationTokenSource(options.Limits.StallTimeout, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stall.Token, cancellationToken);
        try
        {
            return await body.ReadAsync(buffer, either.Token);
        }
        catch (OperationCanceledException fault) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(FormattableString.Invariant($"no byte came for {options.Limits.StallTimeout.TotalSeconds:0.#} s"), fault);
        }
    }
}

/// <summary>An answer is longer than it may be: the server lied about the size, or sends something else.</summary>
internal sealed class BodyTooLongException() : IOException("the answer is longer than the hub's list says");
