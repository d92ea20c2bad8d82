using System.Text;

namespace IngestEmbeddings.Cli.Settings;

/// <summary>Reads a <c>.env</c> file: <c>NAME=value</c> lines, quotes and <c>#</c> comments.</summary>
/// <remarks>
/// Variables in a value are not filled in. A file that came with a foreign folder could otherwise have any variable of the process
/// sent to a server; and a password with a '$' would be another one.
/// </remarks>
internal static class DotEnvFile
{
    /// <summary>The name of the file.</summary>
    public const string Name = ".env";

    private const string Form = "not of the form NAME=value. Put a value with spaces or '#' between quotes.";

    /// <summary>Reads a file.</summary>
    /// <returns>Its variables.</returns>
    /// <exception cref="IngestException">The file cannot be read or understood. The message holds nothing of its text.</exception>
    public static IReadOnlyDictionary<string, string> Read(string path)
    {
        string text;
        try
        {
            text = SmallFile.Read(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IngestException(
                IngestError.Usage, $"{path} cannot be read: {exception.Message} Fix it, move it away, or give --no-env-file.", exception);
        }

        var variables = new Dictionary<string, string>();
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            var (name, value, fault) = ReadLine(line.Trim());
            if (fault is not null)
            {
                throw new IngestException(IngestError.Usage, $"{path}, near line {number}: {fault}");
            }

            if (name is not null)
            {
                variables[name] = value;
            }
        }

        return variables;
    }

    private static (string? Name, string Value, string? Fault) ReadLine(string line)
    {
        if (line.Length == 0 || line[0] == '#')
        {
            return (null, "", null);
        }

        var equals = line.IndexOf('=');
        var name = equals < 0 ? "" : line[..equals].Trim();
        name = name.StartsWith("export ", StringComparison.Ordinal) ? name[7..].Trim() : name;
        if (name.Length == 0 || char.IsAsciiDigit(name[0]) || !name.All(static character => character == '_' || char.IsAsciiLetterOrDigit(character)))
        {
            return (null, "", Form);
        }

        var rest = line[(equals + 1)..].Trim();
        var (value, after, isClosed) = rest switch
        {
            ['\'', ..] => Quoted(rest, '\''),
            ['"', ..] => Quoted(rest, '"'),
            _ => Bare(rest),
        };
        return !isClosed || (after.Length > 0 && after[0] != '#') ? (null, "", Form)
            : rest is not ['\'', ..] && value.Contains('$') ? (null, "", "a value with '$' stands in single quotes: variables are not filled in.")
            : (name, value, null);
    }

    // Between single quotes everything is as it is; between double quotes a backslash stands before ", \ and n.
    private static (string Value, string After, bool IsClosed) Quoted(string text, char quote)
    {
        var value = new StringBuilder();
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == quote)
            {
                return (value.ToString(), text[(i + 1)..].TrimStart(), true);
            }

            var isEscaped = quote == '"' && text[i] == '\\' && i + 1 < text.Length && (text[i + 1] is '"' or '\\' or 'n');
            value.Append(isEscaped ? text[++i] == 'n' ? '\n' : text[i] : text[i]);
        }

        return ("", "", false);
    }

    private static (string Value, string After, bool IsClosed) Bare(string text)
    {
        var end = text.AsSpan().IndexOfAny(' ', '\t');
        return end < 0 ? (text.StartsWith('#') ? "" : text, "", true) : (text[..end], text[end..].TrimStart(), true);
    }
}
