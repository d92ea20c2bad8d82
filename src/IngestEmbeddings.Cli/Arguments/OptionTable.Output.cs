namespace IngestEmbeddings.Cli.Arguments;

/// <content>What is printed.</content>
internal static partial class OptionTable
{
    public static readonly OptionSpec Progress = new(
        "--progress P", null, Defaults.Progress, "plain: a line for each batch; bar: a view in place, on a terminal; auto: bar on a terminal, else plain; json: a JSON object for each batch; none: only the last line", OptionGroup.Output);

    public static readonly OptionSpec Receipt = new(
        "--receipt FILE", null, None, "write what the run did, with what, and its proof, as JSON; the store keeps it too", OptionGroup.Output);

    public static readonly OptionSpec MetricsPort = new(
        "--metrics-port P", null, None, "answer /metrics in Prometheus's text form, and /healthz, on a port of this machine; others reach it with an address, such as 0.0.0.0:9464",
        OptionGroup.Output);

    public static readonly OptionSpec Json = new("--json", null, Off, "one JSON document instead of a table", OptionGroup.Output);
}
