using System.Diagnostics;

namespace IngestEmbeddings.Tests.Support;

/// <summary>Runs PostgreSQL's own programs (<c>initdb</c>, <c>pg_ctl</c>, …), which refuse to run as root.</summary>
internal static class ServerPrograms
{
    private static readonly Lazy<string?> Folder = new(Find);

    /// <summary>The folder of the programs; null where no server is installed.</summary>
    public static string? BinFolder => Folder.Value;

    /// <summary>True when this process is root and so must hand the programs to the user postgres.</summary>
    public static bool IsRoot => Environment.UserName == "root";

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message has what it said.</exception>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var (code, output) = await TryRunAsync(Path.Combine(BinFolder!, program), asPostgres: true, arguments);
        return code == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {output}");
    }

    /// <summary>Runs any program to its end and gives its exit code and all it said.</summary>
    public static async Task<(int Code, string Output)> TryRunAsync(string file, bool asPostgres, params string[] arguments)
    {
        var start = new ProcessStartInfo
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            // The user postgres may not enter the folder that the tests run in.
            WorkingDirectory = "/",
        };
        if (asPostgres && IsRoot)
        {
            start.FileName = "runuser";
            foreach (var argument in (string[])["-u", "postgres", "--", file])
            {
                start.ArgumentList.Add(argument);
            }
        }
        else
        {
            start.FileName = file;
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("INGEST_TEST_PG_BIN") is { Length: > 0 } named)
        {
            return named;
        }

        // Debian keeps the programs of each version in a folder of its own, outside PATH.
        var debian = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin"))
            : [];
        var path = Environment.GetEnvironmentVariable("PATH")?.Split(':') ?? [];
        return debian.Concat(path).FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")));
    }
}
