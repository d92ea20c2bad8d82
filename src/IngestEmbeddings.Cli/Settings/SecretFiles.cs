using IngestEmbeddings.Cli.Arguments;

namespace IngestEmbeddings.Cli.Settings;

/// <summary>
/// Reads secrets out of files, as containers give them: <c>PG_PASSWORD_FILE</c> names a file with what <c>PG_PASSWORD</c> would
/// hold. A variable that is set itself wins over its file.
/// </summary>
internal static class SecretFiles
{
    private const string Suffix = "_FILE";

    private static readonly string[] Names = [.. StoreChoice.Password, OptionTable.Store.Variable!];

    /// <summary>The variables, with those that files stand for.</summary>
    /// <exception cref="IngestException">A file cannot be read.</exception>
    public static IReadOnlyDictionary<string, string> Expand(IReadOnlyDictionary<string, string> variables, string directory)
    {
        var expanded = new Dictionary<string, string>(variables);
        foreach (var name in Names.Where(name => string.IsNullOrEmpty(variables.GetValueOrDefault(name))))
        {
            if (variables.GetValueOrDefault(name + Suffix) is { Length: > 0 } file)
            {
                expanded[name] = Read(name + Suffix, Path.GetFullPath(file, directory));
            }
        }

        return expanded;
    }

    private static string Read(string variable, string path)
    {
        try
        {
            // Editors end a file with a line end, which is no part of the secret.
            return File.ReadAllText(path).TrimEnd('\r', '\n');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IngestException(IngestError.Usage, $"{variable}: {path} cannot be read: {exception.Message}", exception);
        }
    }
}
