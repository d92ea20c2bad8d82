using IngestEmbeddings.Tests.Faults.Oracle;
using Npgsql;

namespace IngestEmbeddings.Tests.Faults.Chaos;

/// <summary>An application that updates a column which has nothing to do with the texts, all over the table and without a pause.</summary>
internal sealed class Toucher(WatchedTable table, ChaosOptions options)
{
    /// <summary>Statements that were committed.</summary>
    public long Statements { get; private set; }

    /// <summary>Goes on until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        var (first, step) = (0L, options.Touch * 10L);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await table.ExecuteAsync($"UPDATE public.sentences SET touched = touched + 1 WHERE sentenceid BETWEEN {first} AND {first + step}");
                Statements++;
            }
            catch (NpgsqlException)
            {
                // The server was restarted, or two updates met in a deadlock; an application would try again, too.
                await Task.Delay(TimeSpan.FromMilliseconds(50), stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            first = first > options.Rows * 10L ? 0 : first + step;
        }
    }
}
