using System.Globalization;
using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Shown;

namespace IngestEmbeddings.Cli.Settings;

/// <summary>
/// Gives the value of each option: from the command line, else from the environment, else the default. Collects every
/// mistake on the way, so that all are told at once.
/// </summary>
/// <param name="arguments">The command line.</param>
/// <param name="environment">The environment variables and the <c>.env</c> file.</param>
internal sealed class SettingsReader(ParsedArguments arguments, EnvironmentLayers environment)
{
    private readonly List<string> _problems = [.. arguments.Problems];

    /// <summary>The environment variables and the <c>.env</c> file.</summary>
    public EnvironmentLayers Environment => environment;

    /// <summary>The command whose settings these are.</summary>
    public CommandSpec Command => arguments.Command;

    /// <summary>True when the command, with its options, writes to the store.</summary>
    public bool WritesStore => arguments.Values.Keys.Select(static option => option.WritesStore).FirstOrDefault(static writes => writes is not null)
        ?? Command.CreatesStore;

    /// <summary>Adds a mistake.</summary>
    public void Reject(string problem) => _problems.Add(problem);

    /// <summary>Adds a mistake in a value.</summary>
    public void Reject(Setting setting, string advice) => _problems.Add($"{setting.Shown}: {advice}");

    /// <summary>Ends the reading.</summary>
    /// <exception cref="UsageException">There were mistakes.</exception>
    public void ThrowIfRejected()
    {
        if (_problems.Count > 0)
        {
            throw new UsageException(_problems);
        }
    }

    /// <summary>True when a switch is given.</summary>
    public bool IsOn(OptionSpec spec) => arguments.Values.ContainsKey(spec);

    /// <summary>The value of an option as given; null when none was given.</summary>
    public Setting? Find(OptionSpec spec) =>
        Given(spec) ?? (spec.Variable is null ? null : environment.Find(spec.Variable));

    /// <summary>As <see cref="Find"/>, for an option whose empty value means something in the environment too.</summary>
    public Setting? FindEvenEmpty(OptionSpec spec) =>
        Given(spec) ?? (spec.Variable is null ? null : environment.FindEvenEmpty(spec.Variable));

    /// <summary>A name or a path, which is not empty; null when none was given.</summary>
    public string? Text(OptionSpec spec)
    {
        var setting = Find(spec);
        if (setting is { Value: "" })
        {
            Reject(setting, "the value is empty.");
        }

        return setting?.Value;
    }

    /// <summary>A whole number within limits; null when none was given, or a wrong one.</summary>
    /// <param name="spec">The option.</param>
    /// <param name="max">The largest number.</param>
    /// <param name="limit">Whose limit that is; null where it needs no word.</param>
    public int? WholeNumber(OptionSpec spec, int max, string? limit = null) => (int?)LongNumber(spec, max, limit);

    /// <summary>A whole number from 1; null when none was given, or a wrong one.</summary>
    public long? LongNumber(OptionSpec spec, long max = long.MaxValue, string? limit = null)
    {
        if (Find(spec) is not { } setting)
        {
            return null;
        }

        if (long.TryParse(setting.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= 1 && number <= max)
        {
            return number;
        }

        Reject(setting, max == long.MaxValue
            ? "give a whole number of at least 1."
            : string.Create(CultureInfo.InvariantCulture, $"give a whole number from 1 to {max}{(limit is null ? "" : $", {limit}")}."));
        return null;
    }

    /// <summary>A span of time given in seconds; null when none was given, or a wrong one.</summary>
    public TimeSpan? Seconds(OptionSpec spec, TimeSpan max)
    {
        if (Find(spec) is not { } setting)
        {
            return null;
        }

        if (double.TryParse(setting.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            && seconds <= max.TotalSeconds)
        {
            return TimeSpan.FromSeconds(seconds);
        }

        Reject(setting, string.Create(
            CultureInfo.InvariantCulture, $"give seconds from 0 to {max.TotalSeconds}, such as 0.5."));
        return null;
    }

    /// <summary>One of some words; the default when none was given, or a wrong one.</summary>
    public string Choice(OptionSpec spec, string whenAbsent, params IReadOnlyList<string> choices)
    {
        if (Find(spec) is not { } setting)
        {
            return whenAbsent;
        }

        if (choices.Contains(setting.Value))
        {
            return setting.Value;
        }

        var list = choices.Count == 1 ? choices[0] : $"{string.Join(", ", choices.SkipLast(1))} or {choices[^1]}";
        Reject(setting, $"give {list}.");
        return whenAbsent;
    }

    private Setting? Given(OptionSpec spec)
    {
        if (!arguments.Values.TryGetValue(spec, out var value))
        {
            return null;
        }

        var name = spec.IsArgument ? spec.Name.Trim('<', '>').Replace('-', ' ') : spec.Name;
        return new Setting(value, value.Length == 0 ? $"{name} ''" : $"{name} {Secrets.RedactUrl(value)}");
    }
}
