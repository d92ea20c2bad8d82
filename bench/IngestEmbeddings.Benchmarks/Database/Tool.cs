using System.Diagnostics;
using System.Globalization;

namespace IngestEmbeddings.Benchmarks.Database;

/// <summary>The tool as a user runs it: a process of its own, its output in a pipe.</summary>
/// <param name="program">The native program, or the one for .NET, whose name ends in <c>.dll</c>.</param>
internal sealed class Tool(string program)
{
    /// <summary>The program for .NET, which is built together with the benchmarks.</summary>
    public static readonly string ForDotnet = Path.Combine(AppContext.BaseDirectory, "ingest-embeddings.dll");

    /// <summary>Runs it to its end.</summary>
    /// <returns>Seconds from its start to its exit, the start of the runtime included; its processor time; its peak resident memory in MB.</returns>
    public async Task<(double Seconds, double ProcessorSeconds, double PeakMegabytes)> RunAsync(params IReadOnlyList<string> arguments)
    {
        // A folder of its own: no .env, no ingest.db of the folder that the benchmark was started in.
        var folder = Directory.CreateTempSubdirectory("ingest-bench-tool");
        string[] command = program.EndsWith(".dll", StringComparison.Ordinal) ? ["dotnet", program] : [program];
        var start = new ProcessStartInfo(command[0], [.. command.Skip(1), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = folder.FullName,
        };
        try
        {
            var started = Stopwatch.GetTimestamp();
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            var exited = process.WaitForExitAsync();
            var peak = 0.0;
            var busy = TimeSpan.Zero;
            while (!exited.IsCompleted)
            {
                peak = Math.Max(peak, PeakMegabytes(process.Id));
                busy = ProcessorTime(process) ?? busy;
                await Task.WhenAny(exited, Task.Delay(20));
            }

            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            return process.ExitCode == 0
                ? (seconds, busy.TotalSeconds, peak)
                : throw new InvalidOperationException(
                    $"{string.Join(' ', arguments)}\nended with {process.ExitCode}:\n{await errors}{await output}");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static TimeSpan? ProcessorTime(Process process)
    {
        try
        {
            return process.TotalProcessorTime;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    // VmHWM is the process's own high-water mark, so that reading it now and then misses nothing but its last moment.
    private static double PeakMegabytes(int process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
