using System.Diagnostics;
using IngestEmbeddings.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace IngestEmbeddings.Cli.Telemetry;

/// <summary>Exports traces and meters by OTLP, those of the database driver beside them. Disposing it sends what is left.</summary>
internal sealed class TelemetryExport : IDisposable
{
    // A collector that does not answer must not keep a finished run.
    private const int FlushMilliseconds = 5000;

    private const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string Driver = "Npgsql";

    private readonly TracerProvider _traces;
    private readonly MeterProvider _meters;

    private TelemetryExport(Uri endpoint, IReadOnlyDictionary<string, string> environment)
    {
        var resource = ResourceBuilder.CreateDefault().AddService(environment.GetValueOrDefault("OTEL_SERVICE_NAME") is { Length: > 0 } name ? name : "ingest-embeddings");
        _traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .AddSource(RunTelemetry.Name, Driver)
            .AddProcessor(new StatementRemover())
            .AddOtlpExporter(options => Point(options, endpoint, "v1/traces", environment))
            .Build();
        _meters = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(RunTelemetry.Name, Driver)
            .AddOtlpExporter(options => Point(options, endpoint, "v1/metrics", environment))
            .Build();
    }

    /// <summary>Starts the export where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set; else null.</summary>
    /// <param name="environment">The variables of the process: a file in the working directory does not say where data goes.</param>
    /// <exception cref="IngestException">The variable is no URL.</exception>
    public static TelemetryExport? Start(IReadOnlyDictionary<string, string> environment)
    {
        if (environment.GetValueOrDefault(EndpointVariable) is not { Length: > 0 } value)
        {
            return null;
        }

        return Uri.TryCreate(value.TrimEnd('/') + "/", UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https"
            ? new TelemetryExport(endpoint!, environment)
            : throw new IngestException(IngestError.Configuration, $"{EndpointVariable} is no URL such as http://localhost:4318.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _traces.ForceFlush(FlushMilliseconds);
        _meters.ForceFlush(FlushMilliseconds);
        _traces.Dispose();
        _meters.Dispose();
    }

    private static void Point(OtlpExporterOptions options, Uri endpoint, string path, IReadOnlyDictionary<string, string> environment)
    {
        var isGrpc = environment.GetValueOrDefault("OTEL_EXPORTER_OTLP_PROTOCOL") == "grpc";
        options.Protocol = isGrpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        options.Endpoint = isGrpc ? endpoint : new Uri(endpoint, path);
        options.Headers = environment.GetValueOrDefault("OTEL_EXPORTER_OTLP_HEADERS");
    }

    /// <summary>Takes statements and connections out of the driver's spans.</summary>
    private sealed class StatementRemover : BaseProcessor<Activity>
    {
        private static readonly string[] Removed = ["db.statement", "db.query.text", "db.connection_string", "db.user"];

        public override void OnEnd(Activity data)
        {
            foreach (var tag in Removed)
            {
                data.SetTag(tag, null);
            }
        }
    }
}
