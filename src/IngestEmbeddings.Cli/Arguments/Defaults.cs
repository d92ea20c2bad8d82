using IngestEmbeddings.Onnx.Folders;
using IngestEmbeddings.Onnx.Quantizing;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Arguments;

/// <summary>The default values: their one home in the program.</summary>
internal static class Defaults
{
    public const string Table = "sentences";
    public const string PostgresModel = "intfloat/multilingual-e5-small";
    public const string SqliteModel = ShippedModel.Name;
    public const string Device = "auto";
    public const string Precision = GraphChoice.Auto;
    public const string Frequency = "auto";
    public const string Metrics = "all";
    public const string Entities = "heuristic";
    public const string Progress = "auto";
    public const string Changed = "auto";
    public const string Into = "column";
    public const string VectorType = "vector";
    public const string IndexMethod = "hnsw";
    public const string IndexDistance = "cosine";

    /// <summary>Rows that <c>bench</c> tries.</summary>
    public const int SampleRows = 2000;

    /// <summary>Rows that <c>bench --write</c> copies: more, because a run over few rows is over before it is at its speed.</summary>
    public const int ScratchRows = 20_000;

    /// <summary>Seconds that <c>bench</c> tries each combination.</summary>
    public const double TrySeconds = 3;

    /// <summary>The embedded store, in the working directory.</summary>
    public const string SqliteFile = "ingest.db";

    /// <summary>The language of the shipped sample.</summary>
    public const string SampleLanguage = "haw";

    /// <summary>The pipeline's own defaults.</summary>
    public static readonly IngestOptions Ingest = new();

    /// <summary>When an int8 graph is good enough.</summary>
    public static readonly QuantizationOptions Quantization = new();

    /// <summary>The dimensions of a column that <c>init</c> creates.</summary>
    public static readonly int Dimensions = new InitRequest { Table = new TableRequest { Table = Table } }.Dimension;

    /// <summary>How long a claim holds without a sign of life.</summary>
    public static readonly TimeSpan Lease = new PostgresOptions().Lease;
}
