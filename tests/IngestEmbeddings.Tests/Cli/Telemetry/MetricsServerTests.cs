using System.Net;
using IngestEmbeddings.Cli.Telemetry;
using IngestEmbeddings.Events;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.Telemetry;

public sealed class MetricsServerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_figures_are_served_in_Prometheus_text_form_and_a_probe_is_answered()
    {
        var meter = new RunMeter(TimeProvider.System);
        meter.Observe(new WorkerStarted(0));
        meter.Observe(new RunStarted(1, 500));
        meter.Observe(new WindowRead(0, 100, "1", "100", TimeSpan.FromSeconds(0.25)));
        meter.Observe(new BatchWritten(0, 100, 100, 500, null));
        await using var server = MetricsServer.Start(new IPEndPoint(IPAddress.Loopback, 0), meter, TimeProvider.System);
        using var client = new HttpClient { BaseAddress = new Uri($"http://{server.Address}") };

        var text = await client.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancel);

        text.ShouldContain("# TYPE ingest_rows_written_total counter\ningest_rows_written_total 100\n");
        text.ShouldContain("ingest_rows_total 500\n");
        text.ShouldContain("ingest_stage_seconds_total{stage=\"read\"} 0.25\n");
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldAllBe(line => line.StartsWith('#') || line.Split(' ').Length == 2);
        (await client.GetStringAsync(new Uri("/healthz", UriKind.Relative), Cancel)).ShouldBe("ok\n");
        (await client.GetAsync(new Uri("/other", UriKind.Relative), Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await client.PostAsync(new Uri("/metrics", UriKind.Relative), content: null, Cancel)).StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        await using var server = MetricsServer.Start(new IPEndPoint(IPAddress.Loopback, 0), new RunMeter(TimeProvider.System), TimeProvider.System);

        Should.Throw<IngestException>(() => MetricsServer.Start(server.Address, new RunMeter(TimeProvider.System), TimeProvider.System))
            .Message.ShouldContain($"{server.Address}");
    }
}
