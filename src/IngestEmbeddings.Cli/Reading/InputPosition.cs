namespace IngestEmbeddings.Cli.Reading;

/// <summary>Where the reading is, for messages. They never hold text of the input.</summary>
/// <param name="source">How messages call the input.</param>
internal sealed class InputPosition(string source)
{
    /// <summary>The line that the present row begins at, from 1; 0 before the first.</summary>
    public long Line { get; set; }

    /// <summary>What a fault means for the rows before it. Default: none was loaded.</summary>
    public string Consequence { get; init; } = "Nothing was loaded.";

    /// <summary>A fault of the present row.</summary>
    public IngestException Fault(string what, Exception? inner = null) =>
        new(IngestError.Data, $"{source}, line {Line}: {what} {Consequence}", inner);

    /// <summary>A fault somewhere after the present row.</summary>
    public IngestException FaultAfter(string what, Exception inner) =>
        new(IngestError.Data, $"{source}, after line {Line}: {what} {Consequence}", inner);

    /// <summary>A fault of the input as a whole.</summary>
    public IngestException FaultOfAll(string what) => new(IngestError.Data, $"{source}: {what} {Consequence}");
}
