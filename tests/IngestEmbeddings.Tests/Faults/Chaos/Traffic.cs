using IngestEmbeddings.Tests.Faults.Oracle;
using Npgsql;

namespace IngestEmbeddings.Tests.Faults.Chaos;

/// <summary>The application that works with the table meanwhile: changes texts, deletes rows, inserts some behind the frontier.</summary>
internal sealed class Traffic(WatchedTable table, ChaosOptions options, Random random)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Goes on until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await StepAsync();
            }
            catch (NpgsqlException)
            {
                // The server was restarted; an application would try again, too.
            }

            await Task.Delay(Pause, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Half of the rows are neighbours, as they are where an application imports or edits a document; half lie anywhere.
    private async Task StepAsync()
    {
        var top = options.Rows * 10L;
        var first = random.NextInt64(top);
        var neighbours = $"sentenceid BETWEEN {first} AND {first + (options.Traffic * 5)}";
        var anywhere = $"sentenceid IN ({string.Join(", ", Enumerable.Range(0, options.Traffic / 2).Select(_ => random.NextInt64(1, options.Rows + 1) * 10))})";
        switch (random.Next(8))
        {
            case 0:
                await table.ExecuteAsync($"DELETE FROM public.sentences WHERE {neighbours} AND sentenceid % 3 = 0");
                break;
            case 1:
            case 2:
                await table.InsertAsync($"SELECT {first} + n * 3 FROM generate_series(1, {options.Traffic}) AS n");
                break;
            case 3:
                await table.ExecuteAsync($"UPDATE public.sentences SET touched = touched + 1 WHERE {neighbours}");
                break;
            case 4:
            case 5:
                await table.ChangeAsync(anywhere);
                break;
            default:
                await table.ChangeAsync(neighbours);
                break;
        }
    }
}
