using System.Diagnostics;

namespace IngestEmbeddings.Benchmarks.Comparison;

/// <summary>A Node or .NET process that answers each line with a line.</summary>
internal sealed class Child : IDisposable
{
    private readonly Process _process;

    public Child(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(script.EndsWith(".dll", StringComparison.Ordinal) ? "dotnet" : "node", [script, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        _process = Process.Start(start) ?? throw new InvalidOperationException("node did not start.");
    }

    /// <summary>Sends a line and waits for the answer.</summary>
    public async Task<string> AskAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
        return await _process.StandardOutput.ReadLineAsync()
            ?? throw new InvalidOperationException("node ended without an answer; see its messages above.");
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
