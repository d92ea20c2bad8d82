using System.Globalization;

namespace IngestEmbeddings.Benchmarks.Database;

/// <summary>What to measure, and on how many rows.</summary>
internal sealed record DatabaseOptions
{
    /// <summary>The parts of the benchmark, in the order they run.</summary>
    public static readonly IReadOnlyList<string> Parts = ["metrics", "twin", "vectors", "index", "triggers", "rerun", "memory"];

    /// <summary>Connection string of a superuser, without a database.</summary>
    public required string Server { get; init; }

    /// <summary>The corpus: TSV with a header, id and text.</summary>
    public required string Corpus { get; init; }

    /// <summary>The program to measure. Default the one for .NET.</summary>
    public string Program { get; init; } = Tool.ForDotnet;

    /// <summary>The program of an earlier version, whose rerun is measured too; null for none.</summary>
    public string? Before { get; init; }

    /// <summary>Rows of the tables; 0 for the whole corpus.</summary>
    public int Rows { get; init; }

    /// <summary>How often each measurement is taken, in turns with the others of its part.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>
    /// Rows for the row-at-a-time way and for the vector index. Fewer favour the row-at-a-time way, whose fetches grow dearer
    /// with the table.
    /// </summary>
    public int SlowRows { get; init; } = 20_000;

    /// <summary>Rows of the large table of the memory measurement.</summary>
    public int LargeRows { get; init; } = 2_000_000;

    /// <summary>Rows that one statement changes, to measure the triggers.</summary>
    public int BulkRows { get; init; } = 100_000;

    /// <summary>The parts to run.</summary>
    public IReadOnlyList<string> Only { get; init; } = Parts;

    /// <summary>Reads <c>--name value</c> pairs.</summary>
    public static DatabaseOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new DatabaseOptions { Server = "", Corpus = "" };
        for (var i = 0; i < arguments.Length; i += 2)
        {
            var value = i + 1 < arguments.Length ? arguments[i + 1] : throw new ArgumentException($"{arguments[i]} needs a value.");
            options = arguments[i] switch
            {
                "--server" => options with { Server = value },
                "--program" => options with { Program = Path.GetFullPath(value) },
                "--before" => options with { Before = Path.GetFullPath(value) },
                "--corpus" => options with { Corpus = value },
                "--rows" => options with { Rows = Number(value), SlowRows = Number(value), LargeRows = 2 * Number(value), BulkRows = Number(value) },
                "--rounds" => options with { Rounds = Number(value) },
                "--slow-rows" => options with { SlowRows = Number(value) },
                "--large-rows" => options with { LargeRows = Number(value) },
                "--only" => options with { Only = value.Split(',') },
                var unknown => throw new ArgumentException($"{unknown} is not an option."),
            };
        }

        return options;
    }

    private static int Number(string value) => int.Parse(value, CultureInfo.InvariantCulture);
}
