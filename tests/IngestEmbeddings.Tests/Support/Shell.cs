using Xunit;

namespace IngestEmbeddings.Tests.Support;

/// <summary>Runs the program under a shell, for streams and limits that only one can give.</summary>
internal static class Shell
{
    /// <summary>Words before a command that run it with redirections or limits.</summary>
    /// <param name="script">A script in which <c>"$@"</c> is the command: <c>exec "$@" 2>/dev/full</c>.</param>
    public static IReadOnlyList<string> Wrap(string script)
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("Needs Linux.");
        }

        return ["bash", "-c", script, "bash"];
    }

    /// <summary>Runs a command of the system, which must succeed.</summary>
    public static async Task RunAsync(string script)
    {
        var (code, output) = await ServerPrograms.TryRunAsync("/bin/sh", asPostgres: false, "-c", script);
        if (code != 0)
        {
            throw new InvalidOperationException($"{script}: {output}");
        }
    }
}
