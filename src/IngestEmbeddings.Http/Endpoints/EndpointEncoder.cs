using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;

namespace IngestEmbeddings.Http.Endpoints;

/// <summary>Encodes at an HTTP endpoint that speaks OpenAI's <c>/v1/embeddings</c>.</summary>
/// <remarks>
/// Several requests are in flight at once, of all workers together. A request that the server refuses as too large is halved,
/// and the size that worked is kept for all that follow. A text that is refused alone is a failure of its row.
/// </remarks>
public sealed class EndpointEncoder : IEncoder
{
    /// <summary>Texts in a row that may be refused alone before the server itself is taken to be broken.</summary>
    private const int MaxFailuresInARow = 10;

    private readonly EndpointOptions _options;
    private readonly EndpointClient _client;
    private readonly RequestLimits _limits;
    private readonly SemaphoreSlim _places;
    private int _failuresInARow;
    private long _rows;
    private long _tokens;

    private EndpointEncoder(EndpointOptions options, EndpointClient client, EncoderDescription description)
    {
        _options = options;
        _client = client;
        _limits = new RequestLimits(options.Limits);
        _places = new SemaphoreSlim(options.Limits.MaxInFlight);
        Description = description;
    }

    /// <inheritdoc/>
    public EncoderDescription Description { get; }

    /// <inheritdoc/>
    /// <remarks>Tokens are those that the server counts. What it cuts off it does not say.</remarks>
    public EncoderCounters Counters => new(Interlocked.Read(ref _rows), Interlocked.Read(ref _tokens), Interlocked.Read(ref _tokens), 0, 0);

    /// <summary>Connects to an endpoint and finds out what model answers there, by ten small requests.</summary>
    /// <param name="options">Which endpoint.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    /// <exception cref="IngestException">The endpoint cannot be reached, refuses, or does not give embeddings.</exception>
    public static async Task<EndpointEncoder> ConnectAsync(EndpointOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Key is not null && !SafeUri.IsSafe(options.Address))
        {
            options.Observer.Observe(new KeySentUnencrypted(options.Address.Host));
        }

        var client = new EndpointClient(options);
        try
        {
            if (options.Model.Length == 0)
            {
                var named = options with { Model = await OnlyModelAsync(options, client, cancellationToken) };
                client.Dispose();
                (options, client) = (named, new EndpointClient(named));
            }

            return new EndpointEncoder(options, client, await EndpointProbe.DescribeAsync(options, client, cancellationToken));
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask EncodeAsync(IReadOnlyList<string> texts, TextRole role, VectorBlock vectors, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(vectors);
        var prompt = Description.PromptOf(role);
        var rowsOf = texts.Select(static (text, row) => (text, row)).ToLookup(pair => prompt + pair.text, static pair => pair.row, StringComparer.Ordinal);
        var window = new Window(rowsOf, vectors);
        var requests = new List<Task>();
        try
        {
            string[] rest = [.. rowsOf.Select(static group => group.Key)];
            while (rest.Length > 0)
            {
                // A place first: what the server refused meanwhile has changed how much is taken.
                await _places.WaitAsync(stopping);
                var batch = _limits.Take(rest).ToArray();
                rest = rest[batch.Length..];
                requests.Add(SendAndLeaveAsync(batch, window, stopping));
                if (requests.Find(static request => request.IsFaulted) is not null)
                {
                    break;
                }
            }

            await Task.WhenAll(requests);
            vectors.Cost = new EncodingCost(window.Tokens, texts.Count - rowsOf.Count, 0, 0, TimeSpan.Zero);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Texts without an answer stay unmarked. No request may write into the block once this has returned.
            await Task.WhenAll(requests).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _options.Observer.Observe(new EndpointUsed(_options.Name, _client.Requests, Interlocked.Read(ref _tokens), _client.Retries));
        _client.Dispose();
        _places.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task<string> OnlyModelAsync(EndpointOptions options, EndpointClient client, CancellationToken cancellationToken)
    {
        var models = await client.ListAsync(cancellationToken);
        return models is [var only] ? only : throw new IngestException(
            IngestError.Configuration,
            $"{options.Address} has {models.Count} models: name one after a '#', such as --model {options.Address}#{models.FirstOrDefault() ?? "name"}. It has: {string.Join(", ", models.Take(20))}");
    }

    private async Task SendAndLeaveAsync(string[] texts, Window window, CancellationToken stopping)
    {
        try
        {
            await SendAsync(texts, window, stopping);
        }
        finally
        {
            _places.Release();
        }
    }

    private async Task SendAsync(string[] texts, Window window, CancellationToken stopping)
    {
        try
        {
            var answer = await _client.EmbedAsync(texts, stopping);
            _limits.Accepted(texts.Length);
            Interlocked.Exchange(ref _failuresInARow, 0);
            Interlocked.Add(ref _tokens, answer.Tokens);
            window.Count(answer.Tokens);
            for (var i = 0; i < texts.Length; i++)
            {
                Interlocked.Add(ref _rows, window.Take(texts[i], answer.Vectors[i]));
            }
        }
        catch (EndpointRefusal refusal) when (texts.Length == 1)
        {
            Fail(texts[0], window, refusal);
        }
        catch (EndpointRefusal)
        {
            _limits.Refused(texts.Length, texts.Sum(static text => (long)text.Length));
            var half = texts.Length / 2;
            await SendAsync(texts[..half], window, stopping);
            await SendAsync(texts[half..], window, stopping);
        }
    }

    private void Fail(string text, Window window, EndpointRefusal refusal)
    {
        if (Interlocked.Increment(ref _failuresInARow) > MaxFailuresInARow)
        {
            throw new IngestException(
                IngestError.Configuration,
                $"{_options.Name} refused more than {MaxFailuresInARow} texts in a row, each alone, the last one with {refusal.Message}.", refusal);
        }

        window.Fail(text, $"the endpoint refuses this text of {text.Length} characters alone: {refusal.Message}");
    }

    /// <summary>The rows of one call, by their texts.</summary>
    private sealed class Window(ILookup<string, int> rowsOf, VectorBlock vectors)
    {
        private long _tokens;

        /// <summary>Tokens that the endpoint counted.</summary>
        public long Tokens => Interlocked.Read(ref _tokens);

        public void Count(long tokens) => Interlocked.Add(ref _tokens, tokens);

        /// <summary>Puts the vector of a text into each row that has it.</summary>
        /// <returns>The number of rows.</returns>
        public int Take(string text, float[] vector)
        {
            var rows = 0;
            foreach (var row in rowsOf[text])
            {
                rows++;
                if (vector.Length != vectors.Dimension)
                {
                    vectors.Fail(row, $"the endpoint gave {vector.Length} components, not {vectors.Dimension}");
                    continue;
                }

                vector.CopyTo(vectors.Row(row));
                vectors.MarkEncoded(row);
            }

            return rows;
        }

        public void Fail(string text, string reason)
        {
            foreach (var row in rowsOf[text])
            {
                vectors.Fail(row, reason);
            }
        }
    }
}
