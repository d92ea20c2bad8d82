using IngestEmbeddings.Cli;
using IngestEmbeddings.Cli.Commands;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Tests.Support;

namespace IngestEmbeddings.Tests.Cli;

/// <summary>The program inside this process, in an empty folder and with no environment variables but a password.</summary>
internal sealed class TestProgram : IDisposable
{
    /// <summary>The working directory.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("ingest-cli-").FullName;

    /// <summary>Its environment variables: to begin with, a password that may not be shown, and a model that is loaded at once.</summary>
    public Dictionary<string, string> Environment { get; } = new()
    {
        ["PGPASSWORD"] = Canary.Password,
        ["EMBED_MODEL"] = HashingEncoder.Model,
    };

    public StoreOpener OpenStore { get; set; } = StoreFactory.Opener(Failpoints.None);

    public EncoderLoader LoadEncoder { get; set; } = EncoderFactory.LoadAsync;

    public byte[] Input { get; set; } = [];

    public string PathOf(string file) => Path.Combine(Folder, file);

    public void Write(string file, string text) => File.WriteAllText(PathOf(file), text);

    /// <summary>Runs a command line, given with blanks between its words.</summary>
    public Task<ToolResult> RunAsync(string line) => RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Runs a command line.</summary>
    public async Task<ToolResult> RunAsync(IReadOnlyList<string> arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var context = new ProcessContext
        {
            Output = output,
            Error = error,
            OpenInput = () => new MemoryStream(Input),
            Environment = Environment,
            WorkingDirectory = Folder,
            ProgramFolder = AppContext.BaseDirectory,
        };
        var code = await new Application(context, OpenStore, LoadEncoder)
            .RunAsync(arguments);
        Canary.ShouldBeAbsentFrom(output.ToString() + error);
        return new ToolResult(code, output.ToString(), error.ToString());
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
