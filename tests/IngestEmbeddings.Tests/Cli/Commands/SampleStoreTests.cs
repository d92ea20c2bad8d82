using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.Commands;

public sealed class SampleStoreTests : IDisposable
{
    private const string Used = "was made from the sample: using its lexicon (samples/lexicon-haw.txt) and --language haw.";

    private readonly TestProgram _program = new();

    public void Dispose() => _program.Dispose();

    /// <summary>Rows of the sample that have text.</summary>
    public static int SampleRows { get; } = File.ReadLines(Repository.PathOf("samples", "sentences.tsv"))
        .Skip(1)
        .Count(line => !string.IsNullOrWhiteSpace(line.Split('\t')[1]));

    [Fact]
    public async Task A_store_that_does_not_exist_is_made_from_the_sample_and_recognised_later()
    {
        var first = await _program.RunAsync("--limit 10");
        var second = await _program.RunAsync("");

        first.Errors.ShouldContain("note: Created ingest.db with the sample corpus: ");
        first.Errors.ShouldContain(Used);
        second.Errors.ShouldNotContain("Created");
        second.Errors.ShouldContain(Used);
        second.ExitCode.ShouldBe(0);
        second.Output.ShouldContain($"Total processed={SampleRows - 10}");
        second.Output.ShouldNotContain("n/a");
        Directory.GetFiles(_program.Folder).Select(Path.GetFileName)
            .ShouldBe(["ingest.db", "ingest.db.lock"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_named_file_is_made_from_the_sample_too()
    {
        var result = await _program.RunAsync("sentences --store sqlite:other.db");

        result.ExitCode.ShouldBe(0);
        result.Errors.ShouldContain("Created other.db with the sample corpus");
        File.Exists(_program.PathOf("other.db")).ShouldBeTrue();
    }

    [Fact]
    public async Task What_the_user_says_wins_over_the_sample_s_own()
    {
        _program.Write("none.txt", "qqq\n");

        var result = await _program.RunAsync("--lexicon none.txt --language haw");

        result.Errors.ShouldNotContain("using");
        result.ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task A_store_of_the_user_s_own_rows_does_not_get_the_sample_s_lexicon()
    {
        _program.Write("in.txt", "Aloha\n");
        await _program.RunAsync("load sentences in.txt");

        var result = await _program.RunAsync("");

        result.Output.ShouldContain("avg_ratio=n/a");
        result.Errors.ShouldNotContain("lexicon");
    }

    [Fact]
    public async Task Another_table_than_the_sample_s_is_not_made_up()
    {
        var result = await _program.RunAsync("documents");

        result.ExitCode.ShouldBe(5);
        result.Errors.ShouldBe(
            "error: ingest.db does not exist, and the sample that it would be made from has no table documents. "
            + "Name another store with --store, or load your rows. To load them: ingest-embeddings load documents FILE\n");
        Directory.GetFiles(_program.Folder).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_dry_run_makes_nothing()
    {
        var result = await _program.RunAsync("--dry-run");

        result.ExitCode.ShouldBe(0);
        result.Output.ShouldEndWith(
            "Dry run: nothing is written.\n  ingest.db does not exist: a run would create it with the sample corpus, its lexicon and --language haw.\n");
        Directory.GetFiles(_program.Folder).ShouldBeEmpty();
    }

    [Fact]
    public async Task When_making_it_fails_nothing_is_left()
    {
        _program.OpenStore = (_, _, _, _) => throw new IngestException(IngestError.Configuration, "Full disk.");

        var result = await _program.RunAsync("");

        result.Errors.ShouldBe("error: Full disk.\n");
        Directory.GetFiles(_program.Folder).ShouldBeEmpty();
    }
}
