using IngestEmbeddings.Encoding;

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

        if (model.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
            || model.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
        {
            return $"embedding endpoints are not available yet; give a model folder, a Hugging Face id, or {HashingEncoder.Model}.";
        }

        return model.StartsWith(Builtin, StringComparison.Ordinal) && model != HashingEncoder.Model
            ? $"the only built-in model is {HashingEncoder.Model}."
            : null;
    }
}
