using System.Collections;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Shown;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>What the program touches of the process it runs in, so that tests can give it something else.</summary>
internal sealed record ProcessContext
{
    /// <summary>Results and progress.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Notices, warnings and errors.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>True when <see cref="Error"/> is a terminal.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>The columns of the terminal that <see cref="Output"/> is; null where it is none.</summary>
    public int? OutputWidth { get; init; }

    /// <summary>The terminal that <see cref="Output"/> is; null where it is none, or one that cannot move its cursor.</summary>
    public Terminal? Terminal { get; init; }

    /// <summary>True when the standard input is a terminal.</summary>
    public bool InputIsTerminal { get; init; }

    /// <summary>Opens the standard input.</summary>
    public required Func<Stream> OpenInput { get; init; }

    /// <summary>The environment variables of the process.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Where relative paths begin, and where <c>.env</c> and <c>ingest.db</c> lie.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>Where the program's own files lie, the sample among them.</summary>
    public required string ProgramFolder { get; init; }

    /// <summary>Where tests stop, kill or delay the program. Default: nowhere.</summary>
    public Failpoints Failpoints { get; init; } = Failpoints.None;

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The context of this process.</summary>
    public static ProcessContext OfProcess()
    {
        var environment = System.Environment.GetEnvironmentVariables()
            .Cast<DictionaryEntry>()
            .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "");
        foreach (var name in LibpqKeywords.ReadByDriver)
        {
            System.Environment.SetEnvironmentVariable(name, null);
        }

        var output = new LastingWriter(Console.OpenStandardOutput());
        return new ProcessContext
        {
            Output = output,
            Terminal = Terminal.OfProcess(output, environment),
            Error = new LastingWriter(Console.OpenStandardError()),
            ErrorIsTerminal = !Console.IsErrorRedirected,
            OutputWidth = Console.IsOutputRedirected ? null : Console.WindowWidth,
            InputIsTerminal = !Console.IsInputRedirected,
            OpenInput = Console.OpenStandardInput,
            Environment = environment,
            WorkingDirectory = Directory.GetCurrentDirectory(),
            ProgramFolder = AppContext.BaseDirectory,
        };
    }
}
