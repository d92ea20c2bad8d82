using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace IngestEmbeddings.Tests.Support;

/// <summary>The signals that tests send.</summary>
public enum UnixSignal
{
    Hangup = 1,
    Interrupt = 2,
    Kill = 9,
    Terminate = 15,
    Continue = 18,
    Stop = 19,
}

/// <summary>The real program as a process of its own, to be killed, stopped and signalled.</summary>
/// <remarks>It is given the password of <see cref="Canary"/>, and what it says is searched for it.</remarks>
public sealed partial class ToolProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly List<string> _output = [];
    private readonly List<string> _errors = [];
    private readonly List<(Func<string, bool> Wanted, TaskCompletionSource Seen)> _waits = [];
    private readonly string? _ownFolder;
    private bool _isDisposed;

    private ToolProcess(Process process, string? ownFolder)
    {
        _process = process;
        _ownFolder = ownFolder;
        process.OutputDataReceived += (_, line) => Take(_output, line.Data);
        process.ErrorDataReceived += (_, line) => Take(_errors, line.Data);
    }

    /// <summary>The id of the process.</summary>
    public int Id => _process.Id;

    /// <summary>True once the process is gone.</summary>
    public bool HasExited
    {
        get
        {
            lock (_lock)
            {
                return _isDisposed || _process.HasExited;
            }
        }
    }

    /// <summary>What came on standard output so far.</summary>
    public string Output => Joined(_output);

    /// <summary>How many lines came on standard output so far, and the last of them.</summary>
    public (int Count, string Last) OutputLines
    {
        get
        {
            lock (_lock)
            {
                return (_output.Count, _output.LastOrDefault() ?? "");
            }
        }
    }

    /// <summary>What came on standard error so far.</summary>
    public string Errors => Joined(_errors);

    /// <summary>Starts the program.</summary>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Variables to set, or with an empty value to remove; the connection variables of this process are not passed on.</param>
    /// <param name="wrapper">Words put before the command, such as <c>ip netns exec a</c>.</param>
    /// <param name="assembly">Another assembly to run instead of the program.</param>
    /// <param name="folder">The working directory; null: an empty one of its own, removed at the end.</param>
    public static ToolProcess Start(
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? environment = null,
        IReadOnlyList<string>? wrapper = null,
        string? assembly = null,
        string? folder = null)
    {
        // A folder of its own, so that no .env and no ingest.db of another test is found.
        var ownFolder = folder is null ? Directory.CreateTempSubdirectory("ingest-tool-").FullName : null;
        string[] command = [.. wrapper ?? [], .. Program(assembly), .. arguments];
        var start = new ProcessStartInfo(command[0])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder ?? ownFolder,
        };
        foreach (var word in command.Skip(1))
        {
            start.ArgumentList.Add(word);
        }

        foreach (var name in start.Environment.Keys.Where(IsOurs).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        start.Environment.TryAdd("PGPASSWORD", Canary.Password);
        foreach (var name in start.Environment.Where(variable => variable.Value is "").Select(variable => variable.Key).ToList())
        {
            start.Environment.Remove(name);
        }

        var tool = new ToolProcess(new Process { StartInfo = start, EnableRaisingEvents = true }, ownFolder);
        tool._process.Start();
        tool._process.StandardInput.Close();
        tool._process.BeginOutputReadLine();
        tool._process.BeginErrorReadLine();
        return tool;
    }

    /// <summary>Runs the program to its end.</summary>
    public static async Task<ToolResult> RunAsync(
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? environment = null,
        TimeSpan? within = null,
        string? folder = null)
    {
        await using var tool = Start(arguments, environment, folder: folder);
        return await tool.WaitAsync(within);
    }

    /// <summary>Waits for the end of the process; kills it and fails when it takes too long (default two minutes).</summary>
    public async Task<ToolResult> WaitAsync(TimeSpan? within = null)
    {
        using var limit = new CancellationTokenSource(within ?? TimeSpan.FromMinutes(2));
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException late)
        {
            Kill();
            throw new TimeoutException($"The program did not end.\n{Output}\n{Errors}", late);
        }

        Canary.ShouldBeAbsentFrom(Output + Errors);
        return new ToolResult(_process.ExitCode, Output, Errors);
    }

    /// <summary>Waits for the end of the process, and watches its memory.</summary>
    /// <returns>How it ended, and its peak resident memory in MB.</returns>
    public async Task<(ToolResult Result, double PeakMegabytes)> WatchAsync()
    {
        var end = WaitAsync();
        var peak = 0.0;
        while (!end.IsCompleted)
        {
            peak = Math.Max(peak, PeakMegabytes());
            await Task.WhenAny(end, Task.Delay(20));
        }

        return (await end, peak);
    }

    /// <summary>Waits for a line on standard output or error; fails when the process ends without it.</summary>
    public async Task WaitForLineAsync(Func<string, bool> wanted)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_output.Concat(_errors).Any(wanted))
            {
                return;
            }

            _waits.Add((wanted, seen));
        }

        var end = WaitAsync();
        if (await Task.WhenAny(seen.Task, end) == end && !seen.Task.IsCompleted)
        {
            var result = await end;
            throw new InvalidOperationException($"The program ended with {result.ExitCode} before the line came.\n{result.Output}\n{result.Errors}");
        }
    }

    /// <summary>Sends a signal.</summary>
    /// <returns>False when the process was gone already.</returns>
    public bool Send(UnixSignal signal)
    {
        lock (_lock)
        {
            return !HasExited && SendSignal(_process.Id, (int)signal) == 0;
        }
    }

    /// <summary>Kills the process with SIGKILL.</summary>
    /// <returns>False when the process was gone already.</returns>
    public bool Kill() => Send(UnixSignal.Kill);

    public async ValueTask DisposeAsync()
    {
        Kill();
        await _process.WaitForExitAsync();
        lock (_lock)
        {
            _isDisposed = true;
            _process.Dispose();
        }

        if (_ownFolder is not null)
        {
            Directory.Delete(_ownFolder, recursive: true);
        }

        Canary.ShouldBeAbsentFrom(Output + Errors);
    }

    // The same runtime that runs the tests.
    private static string DotnetPath =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
            ? Environment.ProcessPath!
            : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    // From its own output folder: that of the tests lacks what the framework of the tests brings.
    private static string BuiltProgram
    {
        get
        {
            var output = new DirectoryInfo(AppContext.BaseDirectory);
            return Repository.PathOf("src", "IngestEmbeddings.Cli", "bin", output.Parent!.Name, output.Name, "ingest-embeddings.dll");
        }
    }

    // The program as it was built for .NET, or another build of it, such as the native one, where a variable names it.
    private static string[] Program(string? assembly) =>
        assembly is null && Environment.GetEnvironmentVariable("INGEST_TEST_PROGRAM") is { Length: > 0 } program
            ? [program]
            : [DotnetPath, assembly ?? BuiltProgram];

    private static bool IsOurs(string name) =>
        name.StartsWith("PG", StringComparison.Ordinal) || name.StartsWith("EMBED_", StringComparison.Ordinal)
        || name.StartsWith("INGEST_", StringComparison.Ordinal);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);

    // VmHWM is the process's own high-water mark, so that reading it now and then misses nothing but its last moment.
    private double PeakMegabytes()
    {
        try
        {
            var line = File.ReadLines($"/proc/{Id}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private string Joined(List<string> lines)
    {
        lock (_lock)
        {
            return string.Join('\n', lines);
        }
    }

    private void Take(List<string> lines, string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_lock)
        {
            lines.Add(line);
            foreach (var (wanted, seen) in _waits)
            {
                if (wanted(line))
                {
                    seen.TrySetResult();
                }
            }
        }
    }
}

/// <summary>How a run of the program ended.</summary>
/// <param name="ExitCode">Its exit code; 128 + n after signal n.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Errors">Its standard error.</param>
public sealed record ToolResult(int ExitCode, string Output, string Errors);
