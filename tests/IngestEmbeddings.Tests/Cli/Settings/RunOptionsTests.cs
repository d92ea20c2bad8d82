using IngestEmbeddings.Cli.Commands;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Metrics;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.Settings;

public class RunOptionsTests
{
    [Fact]
    public void Without_anything_the_defaults_hold()
    {
        var options = CommandLine.Run([]);

        options.ShouldBe(new RunOptions
        {
            Store = new SqliteLocation("/nowhere/ingest.db", "ingest.db"),
            Table = new() { Table = "sentences" },
            Ingest = new() { Workers = 1, BatchSize = 100, Sleep = TimeSpan.Zero, Limit = null },
            Model = new ModelOptions("all-MiniLM-L6-v2", null, "auto", "auto", null, null, null),
            Frequency = true,
            FrequencySkipped = false,
            Entities = EntityCounting.Heuristic,
            Progress = ProgressForm.Live,
        });
    }

    [Fact]
    public void Every_option_arrives()
    {
        var lexicon = Path.GetTempFileName();
        var options = CommandLine.Run([
            "run", "docs", "50", "--workers", "3", "--model", "intfloat/e5", "--device", "cpu", "--precision", "int8", "--dimensions", "128", "--token-budget", "2048", "--prefix", "query",
            "--long-texts", "mean", "--threads", "2", "--sleep", "0.25", "--frequency", "always", "--lexicon", lexicon, "--language", "haw",
            "--entities", "none", "--store", "sqlite:a.db", "--schema", "s", "--id-column", "i", "--text-column", "t",
            "--embedding-column", "e", "--limit", "7", "--dry-run", "--progress", "none"]);
        File.Delete(lexicon);

        options.ShouldBe(new RunOptions
        {
            Store = new SqliteLocation("/nowhere/a.db", "a.db") { OnlyReads = true },
            Table = new() { Table = "docs", Schema = "s", IdColumn = "i", TextColumn = "t", EmbeddingColumn = "e" },
            Ingest = new() { Workers = 3, BatchSize = 50, Sleep = TimeSpan.FromSeconds(0.25), Limit = 7 },
            Model = new ModelOptions("intfloat/e5", "query: ", "cpu", "int8", 128, 2, 2048) { IsNamed = true, LongTexts = LongTextMode.Mean },
            Frequency = true,
            FrequencySkipped = false,
            Lexicon = lexicon,
            Language = TextLanguage.Hawaiian,
            Entities = EntityCounting.None,
            DryRun = true,
            Progress = ProgressForm.None,
        });
    }

    [Theory]
    [InlineData("1", null, true, false)]
    [InlineData("2", null, false, true)]
    [InlineData("2", "always", true, false)]
    [InlineData("1", "never", false, false)]
    public void Frequency_is_computed_with_one_worker_unless_said_otherwise(
        string workers, string? frequency, bool computed, bool skipped)
    {
        string[] line = ["--workers", workers, .. frequency is null ? Array.Empty<string>() : ["--frequency", frequency]];

        var options = CommandLine.Run(line);

        options.Frequency.ShouldBe(computed);
        options.FrequencySkipped.ShouldBe(skipped);
    }

    [Fact]
    public void Metrics_only_has_no_model() => CommandLine.Run(["--metrics-only"]).Model.ShouldBeNull();

    [Fact]
    public void Options_win_over_the_environment_and_that_over_the_file()
    {
        var file = CommandLine.Variables(("EMBED_WORKERS", "2"), ("EMBED_BATCH_SIZE", "20"), ("EMBED_THREADS", "2"));
        var environment = CommandLine.Variables(("EMBED_WORKERS", "3"), ("EMBED_BATCH_SIZE", "30"));

        var options = CommandLine.Run(["--workers", "4"], environment, file);

        options.Ingest.Workers.ShouldBe(4);
        options.Ingest.BatchSize.ShouldBe(30);
        options.Model!.Threads.ShouldBe(2);
    }

    [Fact]
    public void An_empty_variable_hides_that_of_the_file()
    {
        var options = CommandLine.Run(
            [], CommandLine.Variables(("EMBED_WORKERS", "")), CommandLine.Variables(("EMBED_WORKERS", "9")));

        options.Ingest.Workers.ShouldBe(1);
    }

    [Theory]
    [InlineData("passage", "passage: ")]
    [InlineData("passage:", "passage: ")]
    [InlineData("passage: ", "passage: ")]
    [InlineData("", "")]
    public void A_prefix_is_completed_and_an_empty_one_means_none(string given, string complete)
    {
        CommandLine.Run(["--prefix", given]).Model!.Prefix.ShouldBe(complete);
        CommandLine.Run([$"--prefix={given}"]).Model!.Prefix.ShouldBe(complete);
        CommandLine.Run([], CommandLine.Variables(("EMBED_PREFIX", given))).Model!.Prefix.ShouldBe(complete);
    }

    [Fact]
    public void A_command_s_name_can_be_a_table_and_a_value()
    {
        CommandLine.Run(["run", "load"]).Table.Table.ShouldBe("load");
        CommandLine.Run(["--schema", "init"]).Table.Schema.ShouldBe("init");
        CommandLine.Run(["@table"]).Table.Table.ShouldBe("@table");
        CommandLine.Run(["--", "--table"]).Table.Table.ShouldBe("--table");
    }

    [Fact]
    public void Supersede_is_for_a_model_in_PostgreSQL()
    {
        CommandLine.Run(["--supersede", "--store", "postgresql://h/d"]).Supersede.ShouldBeTrue();
        CommandLine.Mistakes(["--supersede"]).ShouldContain("--supersede: the embedded store");
        CommandLine.Mistakes(["--supersede", "--metrics-only", "--store", "postgresql://h/d"]).ShouldContain("--supersede ends a run with another model");
    }
}
