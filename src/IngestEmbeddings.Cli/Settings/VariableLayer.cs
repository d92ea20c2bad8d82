using IngestEmbeddings.Cli.Arguments;

namespace IngestEmbeddings.Cli.Settings;

/// <summary>Variables of one origin.</summary>
/// <param name="Variables">The variables.</param>
/// <param name="Secrets">Those that files hold, by the name of the variable that they stand for.</param>
/// <param name="Origin">What is put after the name of one in a message: empty, or <c> (in .env)</c>.</param>
/// <param name="IsFound">True when the file that they stand in merely lay in the folder.</param>
internal sealed record VariableLayer(
    IReadOnlyDictionary<string, string> Variables, IReadOnlyDictionary<string, string> Secrets, string Origin, bool IsFound)
{
    /// <summary>True when the variable is there, be it empty.</summary>
    public bool Has(string name) => Variables.ContainsKey(name);

    /// <summary>A variable; null when it is not there.</summary>
    public Setting? Find(string name)
    {
        if (Secrets.TryGetValue(name, out var secret))
        {
            return new Setting(secret, $"{name}{SecretFiles.Suffix}={Variables[name + SecretFiles.Suffix]}{Origin}") { IsFound = IsFound };
        }

        return Variables.TryGetValue(name, out var value) ? new Setting(value, Shown(name, value)) { IsFound = IsFound } : null;
    }

    /// <summary>Every password that is set, by itself or in a URL.</summary>
    public IEnumerable<string> Passwords() => Variables.Concat(Secrets)
        .SelectMany(static pair => SecretVariables.Names.Contains(pair.Key) ? [pair.Value]
            : pair.Key == OptionTable.Store.Variable ? IngestEmbeddings.Cli.Shown.Secrets.Passwords(pair.Value) : []);

    // What is meant for a store and is none may be a password at a wrong place.
    private string Shown(string name, string value) =>
        SecretVariables.Names.Contains(name) || (name == OptionTable.Store.Variable && !StoreChoice.IsStore(value))
            ? name + Origin
            : $"{name}={IngestEmbeddings.Cli.Shown.Secrets.RedactUrl(value)}{Origin}";
}
