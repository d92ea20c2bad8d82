using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Shown;

namespace IngestEmbeddings.Cli.Settings;

/// <summary>Decides which file of variables is read: <c>--env-file</c>, or <c>.env</c> in the working directory if it is safe, or none.</summary>
/// <remarks>
/// A <c>.env</c> that lies in a folder may have come with it. One that another user owns or may write is not read; of any other, files
/// that it names must lie next to it, and what it says about a connection counts for its own host alone. A file that
/// <c>--env-file</c> names is the user's word, like the environment.
/// </remarks>
internal static class EnvironmentFile
{
    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    /// <summary>Puts the variables of the process over those of the file.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="process">The variables of the process.</param>
    /// <param name="folder">The working directory.</param>
    /// <param name="messages">Is told of a <c>.env</c> that is not read, and of every secret before it could be shown.</param>
    /// <exception cref="IngestException">The file, or one that it names, cannot be read or is not safe to.</exception>
    public static EnvironmentLayers Load(
        ParsedArguments arguments, IReadOnlyDictionary<string, string> process, string folder, Messages messages)
    {
        messages.KeepSecret(arguments.Values.Values.SelectMany(Secrets.Passwords));
        var environment = new VariableLayer(process, SecretFiles.Read(process, folder), "", IsFound: false);
        var file = ReadFile(arguments, folder, messages.Warn);
        var layers = new EnvironmentLayers(environment, file) { FoundFolder = file.IsFound ? folder : null, KeepSecret = messages.KeepSecret };
        messages.KeepSecret(layers.Passwords());
        return layers;
    }

    private static VariableLayer ReadFile(ParsedArguments arguments, string folder, Action<string> warn)
    {
        var asked = arguments.Values.GetValueOrDefault(OptionTable.EnvFile);
        if (asked is not null)
        {
            return ReadAsked(asked, folder);
        }

        var found = Path.Combine(folder, DotEnvFile.Name);
        if (arguments.Values.ContainsKey(OptionTable.NoEnvFile) || !IsSafe(found, warn))
        {
            return new VariableLayer(None, None, "", IsFound: true);
        }

        var variables = DotEnvFile.Read(found);
        return new VariableLayer(variables, SecretFiles.Read(variables, folder, limit: folder), $" (in {DotEnvFile.Name})", IsFound: true);
    }

    private static VariableLayer ReadAsked(string asked, string folder)
    {
        var path = Path.GetFullPath(asked, folder);
        if (Danger(path) is { } danger)
        {
            throw new IngestException(IngestError.Usage, $"{OptionTable.EnvFile.Name} {asked}: {danger}");
        }

        var variables = DotEnvFile.Read(path);
        return new VariableLayer(variables, SecretFiles.Read(variables, Path.GetDirectoryName(path)!), $" (in {asked})", IsFound: false);
    }

    private static bool IsSafe(string path, Action<string> warn)
    {
        if (!Path.Exists(path))
        {
            return false;
        }

        var danger = Danger(path);
        if (danger is not null)
        {
            warn($"{path} is not read: {danger}");
        }

        return danger is null;
    }

    private static string? Danger(string path)
    {
        // Of a link both count: the one who made it chose the file.
        FileFacts?[] facts = [FileFacts.Find(path, follow: false), FileFacts.Find(path, follow: true)];
        return facts[1] is { IsRegular: false } ? "it is not a regular file."
            : facts.Any(static one => one is { IsOurs: false }) ? "it belongs to another user. If you trust it, make it yours: chown."
            : facts.Any(static one => one is { OthersMayWrite: true }) ? $"others may write it. If you trust it: chmod go-w {path}"
            : null;
    }
}
