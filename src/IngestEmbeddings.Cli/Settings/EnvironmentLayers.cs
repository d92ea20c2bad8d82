namespace IngestEmbeddings.Cli.Settings;

/// <summary>The environment variables of the process over those of the <c>.env</c> file.</summary>
/// <remarks>A variable that is empty counts as not set, so that <c>EMBED_MODEL=</c> in front of a command switches it off.</remarks>
internal sealed class EnvironmentLayers(VariableLayer process, VariableLayer file)
{
    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    /// <summary>Takes variables without any files of secrets.</summary>
    public EnvironmentLayers(IReadOnlyDictionary<string, string> process, IReadOnlyDictionary<string, string> file)
        : this(new VariableLayer(process, None, "", IsFound: false), new VariableLayer(file, None, $" (in {DotEnvFile.Name})", IsFound: true))
    {
    }

    /// <summary>The folder that files named by a found <c>.env</c> must lie in; null where there is none.</summary>
    public string? FoundFolder { get; init; }

    /// <summary>Is told of secrets that are found later, such as those of a service file.</summary>
    public Action<IEnumerable<string>> KeepSecret { get; init; } = static _ => { };

    /// <summary>
    /// The first of some names that has a value. The process is asked for all of them before the file, so that
    /// <c>PGHOST</c> of the process wins over <c>PG_HOST</c> of the file.
    /// </summary>
    public Setting? Find(params IReadOnlyList<string> names) =>
        First(process, names) ?? First(file, [.. names.Where(name => !process.Has(name))]);

    /// <summary>As the other, for a variable whose empty value means something.</summary>
    public Setting? FindEvenEmpty(string name) => process.Find(name) ?? file.Find(name);

    /// <summary>A variable of the process that no file may set: where the user's own files lie.</summary>
    public string? OfProcess(string name) => process.Find(name) is { Value.Length: > 0 } setting ? setting.Value : null;

    /// <summary>Every password that is set, by itself or in a URL, hidden by another or not.</summary>
    public IEnumerable<string> Passwords() => process.Passwords().Concat(file.Passwords());

    private static Setting? First(VariableLayer layer, IReadOnlyList<string> names) =>
        names.Select(layer.Find).FirstOrDefault(static setting => setting is { Value.Length: > 0 });
}
