using IngestEmbeddings.Cli.Arguments;

namespace IngestEmbeddings.Cli.Settings;

/// <summary>The environment variables of the process over those of the <c>.env</c> file.</summary>
/// <remarks>A variable that is empty counts as not set, so that <c>EMBED_MODEL=</c> in front of a command switches it off.</remarks>
internal sealed class EnvironmentLayers(
    IReadOnlyDictionary<string, string> process, IReadOnlyDictionary<string, string> file)
{
    /// <summary>
    /// The first of some names that has a value. The process is asked for all of them before the file, so that
    /// <c>PGHOST</c> of the process wins over <c>PG_HOST</c> of the file.
    /// </summary>
    public Setting? Find(params IReadOnlyList<string> names) =>
        Find(process, names, "", allowEmpty: false) ?? Find(file, Unhidden(names), " (in .env)", allowEmpty: false);

    /// <summary>As the other, for a variable whose empty value means something.</summary>
    public Setting? FindEvenEmpty(string name) =>
        Find(process, [name], "", allowEmpty: true) ?? Find(file, [name], " (in .env)", allowEmpty: true);

    /// <summary>Every password that is set, by itself or in a URL, hidden by another or not.</summary>
    public IEnumerable<string> Passwords() => process.Concat(file)
        .SelectMany(static pair => StoreChoice.Password.Contains(pair.Key) ? [pair.Value]
            : pair.Key == OptionTable.Store.Variable ? Secrets.Passwords(pair.Value) : []);

    private List<string> Unhidden(IReadOnlyList<string> names) => [.. names.Where(name => !process.ContainsKey(name))];

    private static Setting? Find(
        IReadOnlyDictionary<string, string> layer, IReadOnlyList<string> names, string suffix, bool allowEmpty)
    {
        foreach (var name in names)
        {
            if (layer.TryGetValue(name, out var value) && (allowEmpty || value.Length > 0))
            {
                return new Setting(value, $"{name}={Secrets.RedactUrl(value)}{suffix}");
            }
        }

        return null;
    }
}
