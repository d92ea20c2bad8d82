using IngestEmbeddings.Cli.Arguments;

namespace IngestEmbeddings.Cli.Settings;

/// <summary>
/// Reads secrets out of files, as containers give them: <c>PG_PASSWORD_FILE</c> names a file with what <c>PG_PASSWORD</c> would
/// hold. A variable that is set itself wins over its file.
/// </summary>
internal static class SecretFiles
{
    /// <summary>What the name of such a variable ends with.</summary>
    public const string Suffix = "_FILE";

    private static readonly string[] Names = [.. SecretVariables.Names, OptionTable.Store.Variable!];

    /// <summary>Reads the files that variables name.</summary>
    /// <param name="variables">The variables.</param>
    /// <param name="directory">Where relative paths begin.</param>
    /// <param name="limit">The folder that the files must lie in or below, links followed; null for anywhere.</param>
    /// <returns>The variables that the files stand for.</returns>
    /// <exception cref="IngestException">A file cannot be read, is no secret, or lies elsewhere. The message holds nothing of its text.</exception>
    public static IReadOnlyDictionary<string, string> Read(IReadOnlyDictionary<string, string> variables, string directory, string? limit = null)
    {
        var secrets = new Dictionary<string, string>();
        foreach (var name in Names.Where(name => string.IsNullOrEmpty(variables.GetValueOrDefault(name))))
        {
            if (variables.GetValueOrDefault(name + Suffix) is { Length: > 0 } file)
            {
                secrets[name] = Read(name + Suffix, Path.GetFullPath(file, directory), limit);
            }
        }

        return secrets;
    }

    private static string Read(string variable, string path, string? limit)
    {
        if (limit is not null && !RealPath.IsBelow(path, limit))
        {
            throw new IngestException(
                IngestError.Usage,
                $"{variable} in {DotEnvFile.Name} names {path}, which is outside the folder of that file: set {variable} in the environment, or name the file of variables with --env-file.");
        }

        try
        {
            // Editors end a file with a line end, which is no part of the secret.
            var secret = SmallFile.Read(path).TrimEnd('\r', '\n');
            return secret.Length > 0 && !secret.Any(char.IsControl)
                ? secret
                : throw new IngestException(IngestError.Usage, $"{variable}: {path} holds no secret: it must be one line of text.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IngestException(IngestError.Usage, $"{variable}: {path} cannot be read: {exception.Message}", exception);
        }
    }
}
