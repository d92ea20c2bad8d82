using System.Text.Json;
using IngestEmbeddings.Onnx.Files;
using IngestEmbeddings.Onnx.Tokenizers.Pipeline;

namespace IngestEmbeddings.Onnx.Tokenizers.Loading;

/// <summary>What <c>tokenizer_config.json</c> and <c>special_tokens_map.json</c> add to the tokenizer's own file.</summary>
/// <param name="Config">The first file, or null.</param>
/// <param name="SpecialTokens">The second file, or null.</param>
internal sealed record TokenizerSettings(JsonPart? Config, JsonPart? SpecialTokens)
{
    // Files without a limit say so with a number such as 1e30.
    private const double MaxLimit = 100_000_000;

    /// <summary>The class of Hugging Face's library, without the <c>Fast</c> at its end.</summary>
    public string? TokenizerClass
    {
        get
        {
            var name = Config?.OptionalString("tokenizer_class");
            return name is not null && name.EndsWith("Fast", StringComparison.Ordinal) ? name[..^4] : name;
        }
    }

    /// <summary>The maximum number of tokens, or null.</summary>
    public int? MaxTokens
    {
        get
        {
            if (Config?.Raw("model_max_length") is not { ValueKind: JsonValueKind.Number } limit
                || !limit.TryGetDouble(out var value) || value >= MaxLimit)
            {
                return null;
            }

            return value >= 1 ? (int)value : throw Config.Fault("model_max_length", $"is {limit.GetRawText()}");
        }
    }

    /// <summary>Whether a text that is too long loses its beginning (<c>truncation_side</c>); null where the file does not say.</summary>
    public bool? CutsStart => Config?.OptionalString("truncation_side") switch
    {
        null => null,
        "right" => false,
        "left" => true,
        var side => throw Config!.Fault("truncation_side", $"is '{side}', which is neither left nor right"),
    };

    /// <summary>The spelling of a token with a role, such as <c>pad_token</c>.</summary>
    public string? TokenOf(string role) => TokenOf(Config, role) ?? TokenOf(SpecialTokens, role);

    /// <summary>True or false, as the first file says; null where it does not.</summary>
    public bool? Flag(string setting) => Config is not null && Config.Has(setting) ? Config.Bool(setting) : null;

    /// <summary>Refuses settings that change the ids in a way that is not known.</summary>
    public void RequireKnown()
    {
        if (Flag("split_special_tokens") == true)
        {
            throw Config!.Fault("split_special_tokens", "is true, which this version does not know");
        }
    }

    /// <summary>Refuses <c>add_bos_token</c> and <c>add_eos_token</c> that contradict the special tokens of the post-processor.</summary>
    /// <param name="frame">What the post-processor puts around a text.</param>
    /// <param name="ids">The ids of all tokens.</param>
    public void RequireSame(SpecialTokenFrame frame, TokenIds ids)
    {
        Require("add_bos_token", "bos_token", frame.Before);
        Require("add_eos_token", "eos_token", frame.After);

        void Require(string setting, string role, int[] added)
        {
            if (Flag(setting) is { } adds && TokenOf(role) is { } token && ids.TryGet(token, out var id) && added.Contains(id) != adds)
            {
                throw Config!.Fault(
                    setting,
                    $"is {(adds ? "true" : "false")}, and the post-processor of tokenizer.json {(adds ? "does not add" : "adds")} '{token}'. Correct the wrong one");
            }
        }
    }

    /// <summary>Refuses files of which one says otherwise than the other: which of them the model was trained with is not known.</summary>
    public void RequireSame(string setting, bool value, JsonPart part, string member)
    {
        if (Config is not null && Config.Has(setting) && Config.Bool(setting) != value)
        {
            throw Config.Fault(setting, $"is {(value ? "false" : "true")}, and in tokenizer.json {part.Path}.{member} says otherwise. Correct the wrong one");
        }
    }

    private static string? TokenOf(JsonPart? part, string role) => part?.Raw(role) is { } value
        ? value.ValueKind == JsonValueKind.Object ? part.Part(role).OptionalString("content") : part.Text(role, value)
        : null;
}
