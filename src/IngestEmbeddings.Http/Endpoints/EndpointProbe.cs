using System.Globalization;
using System.Numerics.Tensors;
using System.Security.Cryptography;
using IngestEmbeddings.Encoding;

namespace IngestEmbeddings.Http.Endpoints;

/// <summary>Finds out what model answers at an endpoint: what it calls itself, and what it makes of ten fixed texts.</summary>
/// <remarks>
/// Of each vector, the largest component and its sign go into the fingerprint: two models differ in most of the ten, while
/// the noise of another processor or batch, a thousandth of a component, moves none. Each text is sent alone, so that a server
/// whose vectors depend on the batch gives the same ones each time.
/// </remarks>
internal static class EndpointProbe
{
    private const float NormTolerance = 1e-3f;

    private static readonly string[] Texts =
    [
        "The ship left the harbor before sunrise.",
        "Invoice number 20817 is due on the first of March.",
        "Wie spät ist es?",
        "A theorem about prime numbers",
        "昨日は雨が降りました。",
        "SELECT name FROM customers WHERE city = 'Oslo'",
        "She laughed until tears ran down her face.",
        "El gobierno anunció nuevas medidas económicas.",
        "Bees carry pollen from flower to flower.",
        "ok",
    ];

    /// <summary>Describes the encoder that an endpoint is.</summary>
    /// <exception cref="IngestException">The endpoint does not work.</exception>
    public static async Task<EncoderDescription> DescribeAsync(
        EndpointOptions options, EndpointClient client, CancellationToken cancellationToken)
    {
        var answers = new List<EmbeddingsAnswer>();
        try
        {
            foreach (var text in Texts)
            {
                answers.Add(await client.EmbedAsync([options.DocumentPrompt + text], cancellationToken));
            }
        }
        catch (EndpointRefusal refusal)
        {
            throw EndpointErrors.ProbeRefused(options, refusal);
        }

        var vectors = answers.ConvertAll(static answer => answer.Vectors[0]);
        var dimension = vectors[0].Length;
        if (dimension == 0 || vectors.Exists(vector => vector.Length != dimension) || (options.Dimensions ?? dimension) != dimension)
        {
            throw new IngestException(
                IngestError.Configuration,
                options.Dimensions is { } wanted
                    ? $"{options.Name} makes {dimension} components, although --dimensions asks for {wanted}: leave --dimensions out, or choose a model that knows it."
                    : $"{options.Name} makes vectors of different lengths.");
        }

        return new EncoderDescription
        {
            Model = options.Name,
            Dimension = dimension,
            Normalized = vectors.TrueForAll(static vector => MathF.Abs(TensorPrimitives.Norm<float>(vector) - 1) <= NormTolerance),
            DocumentPrompt = options.DocumentPrompt,
            QueryPrompt = options.QueryPrompt,
            Device = options.Address.Authority,
            Fingerprint = Fingerprint(options, answers[0].Model, vectors),
        };
    }

    /// <summary>The address is no part of it: the same model on another server is the same model.</summary>
    private static string Fingerprint(EndpointOptions options, string serverModel, List<float[]> vectors)
    {
        var parts = new List<string>
        {
            "endpoint 1", // The version of this list.
            options.Model,
            serverModel,
            options.DocumentPrompt,
            vectors[0].Length.ToString(CultureInfo.InvariantCulture),
        };
        parts.AddRange(vectors.Select(static vector =>
        {
            var largest = TensorPrimitives.IndexOfMaxMagnitude<float>(vector);
            return FormattableString.Invariant($"{(vector[largest] < 0 ? '-' : '+')}{largest}");
        }));
        return Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(string.Join('\0', parts))));
    }
}
