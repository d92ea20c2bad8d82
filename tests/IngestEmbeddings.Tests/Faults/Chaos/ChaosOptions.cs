using System.Globalization;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Tests.Faults.Chaos;

/// <summary>How much chaos.</summary>
internal sealed record ChaosOptions
{
    /// <summary>Rows of the table at the start.</summary>
    public int Rows { get; init; } = 200_000;

    /// <summary>Processes that run at a time.</summary>
    public int Processes { get; init; } = 3;

    /// <summary>Processes killed with SIGKILL.</summary>
    public int Kills { get; init; } = 300;

    /// <summary>Connections cut with <c>pg_terminate_backend</c>.</summary>
    public int Terminates { get; init; } = 150;

    /// <summary>Processes stopped with SIGSTOP for longer than the lease, then continued.</summary>
    public int Pauses { get; init; } = 150;

    /// <summary>Restarts of the server, by turns <c>fast</c> and <c>immediate</c>.</summary>
    public int Restarts { get; init; } = 20;

    /// <summary>Where chance begins; printed, so that a run can be repeated as far as scheduling allows.</summary>
    public int Seed { get; init; } = Environment.TickCount & int.MaxValue;

    /// <summary>The guard that is switched off: <c>fence</c> or <c>source-guard</c>; null for none.</summary>
    public string? Without { get; init; }

    /// <summary>Where the vectors go: into a column of the table, or into a table of its own.</summary>
    public VectorPlace Into { get; init; } = VectorPlace.Column;

    /// <summary>True when the application changes texts and leaves the vector in the column.</summary>
    public bool KeepsVectors { get; init; }

    /// <summary>Rows that the application changes, deletes or inserts at a time, ten times a second.</summary>
    public int Traffic { get; init; } = 60;

    /// <summary>
    /// Rows of which another application updates an unrelated column at a time, without a pause and until the last run ends; 0 for no
    /// such application.
    /// </summary>
    public int Touch { get; init; }

    /// <summary>
    /// How long each worker pauses after a batch: so long that the rows last for about as long as the kills, at one a second, and
    /// the faults do not hit an idle program.
    /// </summary>
    public TimeSpan Sleep => TimeSpan.FromSeconds(Math.Clamp(100.0 * Processes * Kills / Math.Max(1, Rows), 0.02, 0.3));

    /// <summary>Reads <c>--rows N --kills N … --seed N --without fence --into table --vectors kept</c>.</summary>
    /// <exception cref="ArgumentException">An option is unknown, or a value is missing or no number.</exception>
    public static ChaosOptions Parse(string[] arguments)
    {
        var options = new ChaosOptions();
        for (var index = 0; index < arguments.Length; index += 2)
        {
            var value = arguments.ElementAtOrDefault(index + 1) ?? throw new ArgumentException($"{arguments[index]} needs a value.");
            if (arguments[index] == "--without")
            {
                options = value is "fence" or "source-guard"
                    ? options with { Without = value }
                    : throw new ArgumentException("--without takes fence or source-guard.");
                continue;
            }

            if (arguments[index] == "--into")
            {
                options = options with
                {
                    Into = value switch
                    {
                        "column" => VectorPlace.Column,
                        "table" => VectorPlace.Table,
                        _ => throw new ArgumentException("--into takes column or table."),
                    },
                };
                continue;
            }

            if (arguments[index] == "--vectors")
            {
                options = value is "kept" or "emptied"
                    ? options with { KeepsVectors = value == "kept" }
                    : throw new ArgumentException("--vectors takes kept or emptied: what the application does with the vector of a text that it changes.");
                continue;
            }

            var number = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed)
                ? parsed
                : throw new ArgumentException($"{arguments[index]} {value}: give a number.");
            options = arguments[index] switch
            {
                "--rows" => options with { Rows = number },
                "--processes" => options with { Processes = number },
                "--kills" => options with { Kills = number },
                "--terminates" => options with { Terminates = number },
                "--pauses" => options with { Pauses = number },
                "--restarts" => options with { Restarts = number },
                "--traffic" => options with { Traffic = number },
                "--touch" => options with { Touch = number },
                "--seed" => options with { Seed = number },
                var unknown => throw new ArgumentException($"{unknown} is not an option of chaos."),
            };
        }

        return options;
    }
}
