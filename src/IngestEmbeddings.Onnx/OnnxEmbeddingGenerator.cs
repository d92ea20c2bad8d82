using IngestEmbeddings.Encoding;
using Microsoft.Extensions.AI;

namespace IngestEmbeddings.Onnx;

/// <summary>A model folder as an embedding generator of Microsoft.Extensions.AI.</summary>
/// <remarks>
/// Safe for use by several threads at once: all calls share one loaded model. Texts of a call are grouped by length and
/// identical ones run once, so one call with many texts is faster than many with one. Texts longer than the model takes are
/// cut at its maximum. Dispose it after the last call has returned.
/// </remarks>
public sealed class OnnxEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>
{
    /// <summary>The key of <see cref="EmbeddingGenerationOptions.AdditionalProperties"/> whose value is a <see cref="TextRole"/>.</summary>
    public const string RoleProperty = "role";

    private readonly IEncoder _encoder;
    private readonly EmbeddingGeneratorMetadata _metadata;

    /// <summary>Wraps an encoder, which the generator then owns.</summary>
    /// <param name="encoder">The encoder, such as one of <see cref="OnnxEncoderFactory"/>.</param>
    public OnnxEmbeddingGenerator(IEncoder encoder)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        _encoder = encoder;
        _metadata = new EmbeddingGeneratorMetadata(
            "ingest-embeddings", providerUri: null, encoder.Description.Model, encoder.Description.Dimension);
    }

    /// <summary>Loads a model.</summary>
    /// <param name="model">A folder, <c>all-MiniLM-L6-v2</c>, or a Hugging Face id that is on this machine.</param>
    /// <exception cref="IngestException">The model is not there, or cannot be used.</exception>
    public static OnnxEmbeddingGenerator Load(string model) => Load(new OnnxEncoderOptions { Model = model });

    /// <summary>Loads a model as the options say.</summary>
    /// <exception cref="IngestException">The model is not there, or cannot be used.</exception>
    public static OnnxEmbeddingGenerator Load(OnnxEncoderOptions options) => new(OnnxEncoderFactory.Create(options));

    /// <summary>Options for texts that ask, for which many models want another prompt than for texts that are stored.</summary>
    public static EmbeddingGenerationOptions ForQueries() => new()
    {
        AdditionalProperties = new AdditionalPropertiesDictionary { [RoleProperty] = TextRole.Query },
    };

    /// <summary>Encodes texts; without options as documents.</summary>
    /// <param name="values">The texts.</param>
    /// <param name="options">
    /// The role under <see cref="RoleProperty"/>. <see cref="EmbeddingGenerationOptions.Dimensions"/>, where it is given, must be
    /// what the model makes: <see cref="OnnxEncoderOptions.Dimensions"/> shortens its vectors.
    /// </param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    /// <returns>One embedding a text, in their order.</returns>
    /// <exception cref="IngestException">A text cannot be encoded.</exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        string[] texts = [.. values];
        var description = _encoder.Description;
        if (options?.Dimensions is { } dimensions && dimensions != description.Dimension)
        {
            throw new ArgumentException($"{description.Model} makes {description.Dimension} components, not {dimensions}.", nameof(options));
        }

        var role = options?.AdditionalProperties?.TryGetValue(RoleProperty, out TextRole stated) == true ? stated : TextRole.Document;
        var before = _encoder.Counters.Tokens;
        using var block = new VectorBlock(texts.Length, description.Dimension);
        await _encoder.EncodeAsync(texts, role, block, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        var embeddings = new GeneratedEmbeddings<Embedding<float>>(texts.Length);
        var now = DateTimeOffset.UtcNow;
        for (var text = 0; text < texts.Length; text++)
        {
            if (block.Failure(text) is { } reason)
            {
                throw new IngestException(IngestError.Data, $"Text {text} cannot be encoded: {reason}.");
            }

            embeddings.Add(new Embedding<float>(block.Row(text).ToArray()) { ModelId = description.Model, CreatedAt = now });
        }

        // Another call at the same time makes this too large; the counters are those of the model.
        embeddings.Usage = new UsageDetails { InputTokenCount = _encoder.Counters.Tokens - before };
        return embeddings;
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(EmbeddingGeneratorMetadata) ? _metadata
            : serviceType.IsInstanceOfType(_encoder) ? _encoder
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    /// <summary>Unloads the model.</summary>
    public void Dispose() => _encoder.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
