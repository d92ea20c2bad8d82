using IngestEmbeddings.Encoding;
using IngestEmbeddings.Http.Endpoints;

namespace IngestEmbeddings.Cli.Settings;

/// <summary>Tells the kinds of <c>--model</c> apart.</summary>
internal static class ModelName
{
    private const string Builtin = "builtin:";

    /// <summary>What is wrong with the name; null when it is the built-in encoder, or could be a folder or an id.</summary>
    public static string? Fault(string model)
    {
        if (model.Length == 0)
        {
            return $"give a model folder, a Hugging Face id, or {HashingEncoder.Model}.";
        }

        if (EndpointOptions.IsEndpoint(model))
        {
            return EndpointOptions.TryParse(model, out var fault) is null ? fault : null;
        }

        return model.StartsWith(Builtin, StringComparison.Ordinal) && model != HashingEncoder.Model
            ? $"the only built-in model is {HashingEncoder.Model}."
            : null;
    }
}
