using IngestEmbeddings.Cli.Shown;

namespace IngestEmbeddings.Cli.Settings;

/// <summary>Reads a service of libpq's connection service file (PostgreSQL's manual, 32.17).</summary>
internal static class ServiceFile
{
    private const string UserFile = ".pg_service.conf";
    private const string SystemFile = "pg_service.conf";

    // Where Debian and Ubuntu keep it; other systems name the folder in PGSYSCONFDIR.
    private const string SystemFolder = "/etc/postgresql-common";

    /// <summary>Finds a service: in the file that <c>PGSERVICEFILE</c> names or the user's own, then in the system's.</summary>
    /// <param name="service">Its name.</param>
    /// <param name="named">The file that a variable names; null: the user's own.</param>
    /// <param name="environment">Where the home and the system's folder are named.</param>
    /// <returns>Its keywords and values, and the file.</returns>
    /// <exception cref="IngestException">There is no such service, or its file is not understood. The message holds no value of it.</exception>
    public static (string File, IReadOnlyDictionary<string, string> Values) Read(string service, string? named, EnvironmentLayers environment)
    {
        var own = named ?? (environment.OfProcess("HOME") is { } home ? Path.Combine(home, UserFile) : null);
        var system = Path.Combine(environment.OfProcess("PGSYSCONFDIR") ?? SystemFolder, SystemFile);
        foreach (var file in new[] { own, system }.Where(file => file is not null && (file == named || Path.Exists(file))))
        {
            if (Find(service, file!) is { } values)
            {
                return (file!, values);
            }
        }

        throw Wrong($"There is no service {service} in {(own is null ? "" : own + " or ")}{system}. Write it there, or name another with PGSERVICE.");
    }

    private static Dictionary<string, string>? Find(string service, string file)
    {
        Dictionary<string, string>? values = null;
        var number = 0;
        foreach (var line in ReadText(file).Split('\n').Select(static line => line.Trim()))
        {
            number++;
            if (line is "" or ['#', ..])
            {
                continue;
            }

            if (line is ['[', ..])
            {
                if (values is not null)
                {
                    return values;
                }

                values = line == $"[{service}]" ? [] : null;
                continue;
            }

            if (values is null)
            {
                continue;
            }

            var equals = line.IndexOf('=');
            var keyword = equals < 0 ? "" : line[..equals].Trim();
            if (line.StartsWith("ldap", StringComparison.Ordinal) || keyword == "service")
            {
                throw Wrong($"{file}, line {number}: a service that is looked up elsewhere (LDAP, another service) is not supported: write its host and database there.");
            }

            if (!LibpqKeywords.IsKnown(keyword))
            {
                throw Wrong($"{file}, line {number}: not of the form KEYWORD=value with a keyword of libpq.");
            }

            values.TryAdd(keyword, line[(equals + 1)..].Trim());
        }

        return values;
    }

    private static string ReadText(string file)
    {
        try
        {
            return SmallFile.Read(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IngestException(IngestError.Usage, $"The service file {file} cannot be read: {exception.Message}", exception);
        }
    }

    private static IngestException Wrong(string message) => new(IngestError.Usage, message);
}
