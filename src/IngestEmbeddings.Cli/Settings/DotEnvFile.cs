using DotNetEnv;

namespace IngestEmbeddings.Cli.Settings;

/// <summary>Reads the <c>.env</c> file of the working directory: <c>NAME=value</c> lines, quotes and <c>#</c> comments.</summary>
internal static class DotEnvFile
{
    /// <summary>The name of the file.</summary>
    public const string Name = ".env";

    /// <summary>Reads the file.</summary>
    /// <returns>Its variables; none when there is no file.</returns>
    /// <exception cref="IngestException">The file cannot be read or understood. The message holds nothing of its text.</exception>
    public static IReadOnlyDictionary<string, string> Read(string directory)
    {
        var path = Path.Combine(directory, Name);
        if (!File.Exists(path))
        {
            return new Dictionary<string, string>();
        }

        try
        {
            return Env.LoadContents(File.ReadAllText(path), LoadOptions.NoEnvVars())
                .GroupBy(pair => pair.Key)
                .ToDictionary(group => group.Key, group => group.Last().Value);
        }
        catch (Sprache.ParseException exception)
        {
            // The parser's own message quotes the text before the fault, which may be a password.
            throw new IngestException(
                IngestError.Usage,
                $"{path}, near line {exception.Position.Line}: not of the form NAME=value. "
                + "Put a value with spaces or '#' between quotes.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IngestException(
                IngestError.Usage, $"{path} cannot be read: {exception.Message} Mend its rights, or move it away.", exception);
        }
    }
}
