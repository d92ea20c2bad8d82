using System.Globalization;
using IngestEmbeddings.Events;

namespace IngestEmbeddings.Cli.Output;

/// <summary>Shows how a model is fetched: a bar on a terminal, else a line for each tenth.</summary>
/// <param name="messages">Where it is shown.</param>
internal sealed class PullView(Messages messages)
{
    private const int BarWidth = 24;
    private const int Tenths = 10;

    private int _tenth;

    /// <summary>Shows the progress.</summary>
    public void Show(PullProgressed progress)
    {
        var share = progress.Total == 0 ? 1 : (double)progress.Received / progress.Total;
        var rate = progress.Fetched / 1e6 / Math.Max(progress.Elapsed.TotalSeconds, 0.001);
        var figures = string.Create(
            CultureInfo.InvariantCulture,
            $"{progress.Received / 1e6:0.0} of {progress.Total / 1e6:0.0} MB, {100 * share:0} %, {rate:0.0} MB/s");
        if (messages.IsLive)
        {
            var full = (int)(BarWidth * share);
            messages.Live($"{progress.Model} [{new string('#', full)}{new string('.', BarWidth - full)}] {figures}");
        }
        else if ((int)(Tenths * share) is var tenth && tenth > _tenth)
        {
            _tenth = tenth;
            messages.Notice($"Fetching {progress.Model}: {figures}");
        }
    }
}
