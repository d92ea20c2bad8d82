using System.Text.RegularExpressions;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Tests.Support;
using Microsoft.Data.Sqlite;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.Commands;

public sealed class RunCommandTests : IDisposable
{
    private readonly TestProgram _program = new();

    public void Dispose() => _program.Dispose();

    [Fact]
    public async Task A_run_says_what_it_does_line_by_line()
    {
        await LoadAsync("Aloha mai", "Ua hele ʻo Kalani i Hilo.", "Aloha mai");

        var result = await _program.RunAsync("sentences 2");

        result.ExitCode.ShouldBe(0);
        result.Output.ShouldBe(
            """
            Configuration: workers=1, batch_size=2, table=sentences
            Processed batch: 2 Progress: 2 / 3 | avg_ratio=n/a avg_wc=4.0 avg_len=17.0 avg_ec=1.00 avg_fq=1.50
            Processed batch: 1 Progress: 3 / 3 | avg_ratio=n/a avg_wc=2.0 avg_len=9.0 avg_ec=0.00 avg_fq=2.00
            No more rows to process for sentences. Total processed=3

            """);
        Timeless(result.Errors).ShouldBe(
            """
            note: 3 rows in # s: # rows/s. Time: read # s, encode # s, write # s, wait # s.
            note: To search: ingest-embeddings search sentences 'a text'

            """);
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("plain")]
    [InlineData("json")]
    public async Task Without_a_terminal_there_is_no_control_character(string form)
    {
        await LoadAsync("a", "b");

        var result = await _program.RunAsync($"sentences --progress {form}");

        (result.Output + result.Errors).Where(character => char.IsControl(character) && character != '\n').ShouldBeEmpty();
    }

    [Fact]
    public async Task A_view_in_place_needs_a_terminal() => (await _program.RunAsync("sentences --progress bar")).Errors
        .ShouldContain("--progress bar: the output is no terminal, or one that cannot move its cursor: give plain.");

    [Fact]
    public async Task Progress_in_json_is_one_object_a_batch_and_nothing_else()
    {
        await LoadAsync("a b", "c", "bad");
        _program.LoadEncoder = (_, _, _, _) => Task.FromResult<IEncoder>(new EncoderThatFails("bad"));

        var result = await _program.RunAsync("sentences 2 --progress json");

        var batches = result.Output.TrimEnd().Split('\n').Select(line => JsonSchemas.Read("progress", line)).ToList();
        batches.Select(batch => batch.GetProperty("written").GetInt64()).ShouldBe([2, 2]);
        batches[^1].GetProperty("failed").GetInt64().ShouldBe(1);
        batches[0].GetProperty("averages").GetProperty("word_count").GetDouble().ShouldBe(1.5);
        result.ExitCode.ShouldBe(3);
        result.Errors.ShouldContain("note: 2 rows in ");
    }

    [Fact]
    public async Task Several_workers_skip_the_frequency_and_say_so()
    {
        await LoadAsync("a", "b");

        var result = await _program.RunAsync("sentences --workers 2");

        result.Output.ShouldContain("\nUsing parallel processing with 2 workers\n");
        result.Output.ShouldNotContain("avg_fq");
        result.Errors.ShouldStartWith("note: The frequency is skipped with 2 workers. Use --frequency always, or one worker, to have it.\n");
        Timeless(result.Errors).ShouldContain("note: 2 rows in # s: # rows/s. Time of 2 workers: read # s");
    }

    [Fact]
    public async Task Frequency_is_computed_with_several_workers_when_asked_for()
    {
        await LoadAsync("a", "a", "b");

        (await _program.RunAsync("sentences --workers 2 --frequency always --progress none")).Errors.ShouldBeEmpty();

        Scalar("SELECT group_concat(frequency, ' ') FROM (SELECT frequency FROM sentence_metrics ORDER BY frequency)").ShouldBe("1 2 2");
    }

    [Fact]
    public async Task Without_progress_only_the_last_line_is_shown()
    {
        await LoadAsync("a");

        (await _program.RunAsync("sentences --progress none")).Output
            .ShouldBe("No more rows to process for sentences. Total processed=1\n");
    }

    [Fact]
    public async Task A_limit_that_is_reached_is_done_and_says_that_rows_are_left()
    {
        await LoadAsync("a", "b", "c");

        var first = await _program.RunAsync("sentences --limit 2 --progress none");
        var second = await _program.RunAsync("sentences --limit 1 --progress none");

        first.ExitCode.ShouldBe(0);
        first.Output.ShouldBe("Limit of 2 rows reached for sentences. Total processed=2. The same command does the rest.\n");
        second.ExitCode.ShouldBe(0);
        second.Output.ShouldBe("No more rows to process for sentences. Total processed=1\n");
    }

    [Fact]
    public async Task Metrics_only_measures_rows_that_have_an_embedding()
    {
        await LoadAsync("a b", "c");
        await _program.RunAsync("sentences --limit 1");
        Execute("DELETE FROM sentence_metrics");
        _program.LoadEncoder = (_, _, _, _) => throw new InvalidOperationException("No model is loaded.");

        var result = await _program.RunAsync("sentences --metrics-only --progress none");

        result.ShouldBe(new(0, "No more rows to process for sentences. Total processed=1\n", ""));
        Scalar("SELECT word_count FROM sentence_metrics").ShouldBe(2L);
    }

    [Fact]
    public async Task Failed_rows_are_counted_with_the_command_that_lists_them()
    {
        await LoadAsync("good", "bad", "better");
        _program.LoadEncoder = (_, _, _, _) => Task.FromResult<IEncoder>(new EncoderThatFails("bad"));

        var first = await _program.RunAsync("sentences --progress none");
        var second = await _program.RunAsync("sentences --progress none");

        first.ExitCode.ShouldBe(3);
        first.Output.ShouldBe("No more rows to process for sentences. Total processed=2\n");
        first.Errors.ShouldContain(
            "warning: 1 row of sentences failed. To list them: ingest-embeddings status sentences");
        second.ExitCode.ShouldBe(3);
        second.Output.ShouldEndWith("Total processed=0\n");
    }

    [Fact]
    public async Task A_limit_with_failed_rows_ends_with_3()
    {
        await LoadAsync("bad", "good", "better", "best");
        _program.LoadEncoder = (_, _, _, _) => Task.FromResult<IEncoder>(new EncoderThatFails("bad"));

        var result = await _program.RunAsync("sentences --limit 2 --progress none");

        result.ExitCode.ShouldBe(3);
        result.Output.ShouldStartWith("Limit of 2 rows reached for sentences.");
        result.Errors.ShouldContain("1 row of sentences failed. To list them: ingest-embeddings status sentences");
    }

    [Fact]
    public async Task A_command_in_a_message_repeats_the_options_of_this_one()
    {
        await LoadAsync("a");

        var result = await _program.RunAsync(["run", "my docs", "--store", "sqlite:ingest.db", "--limit", "3", "--text-column", "the text"]);

        result.Errors.ShouldEndWith(
            " To create it: ingest-embeddings init 'my docs' --store sqlite:ingest.db --text-column 'the text'\n");
    }

    [Theory]
    [InlineData("statsu", "There is no command and no table 'statsu'. Did you mean 'ingest-embeddings status'?")]
    [InlineData("modle inof", "'modle' is taken for a table. Did you mean 'ingest-embeddings model info'?")]
    [InlineData("model", "Did you mean 'ingest-embeddings model list'")]
    [InlineData("statsu --workers 0", "'statsu' is taken for a table. Did you mean 'ingest-embeddings status'?")]
    public async Task A_first_word_near_a_command_is_a_mistake(string line, string message)
    {
        foreach (var inNewFolder in new[] { true, false })
        {
            var result = await _program.RunAsync(line);

            result.ExitCode.ShouldBe(2);
            result.Errors.ShouldContain(message);
            File.Exists(_program.PathOf("ingest.db")).ShouldBe(!inNewFolder);
            await _program.RunAsync("init");
        }
    }

    [Fact]
    public async Task A_first_word_near_a_command_is_a_table_where_there_is_one()
    {
        await _program.RunAsync("init loads");
        await _program.RunAsync("init plan");

        (await _program.RunAsync("loads --progress none")).Output.ShouldBe("No more rows to process for loads. Total processed=0\n");
        (await _program.RunAsync("run plan --progress none")).Output.ShouldBe("No more rows to process for plan. Total processed=0\n");
    }

    [Fact]
    public async Task What_the_store_cannot_do_is_a_mistake()
    {
        var result = await _program.RunAsync("--reembed --rebuild-index --supersede");

        result.ExitCode.ShouldBe(2);
        result.Errors.ShouldContain("--reembed: the embedded store does not replace vectors row by row.");
        result.Errors.ShouldContain("--rebuild-index: the embedded store has no indexes over vectors.");
        result.Errors.ShouldContain("--supersede: the embedded store has no runs of other machines to end.");
    }

    [Fact]
    public async Task A_lexicon_of_the_user_is_used()
    {
        await LoadAsync("aloha mai e");
        _program.Write("words.txt", "Aloha\n-mai\n\ne\n");

        (await _program.RunAsync("sentences --lexicon words.txt")).Output.ShouldContain("avg_ratio=0.667");
    }

    [Fact]
    public async Task An_empty_lexicon_is_warned_of()
    {
        await LoadAsync("aloha");
        _program.Write("words.txt", "\n");

        (await _program.RunAsync("sentences --lexicon words.txt")).Errors
            .ShouldStartWith($"warning: The lexicon {_program.PathOf("words.txt")} has no words: every word ratio will be 0.\n");
    }

    [Fact]
    public async Task The_dot_env_file_is_read()
    {
        await LoadAsync("a");
        _program.Write(".env", "EMBED_BATCH_SIZE=7\nEMBED_WORKERS=0\n");

        (await _program.RunAsync("sentences")).Errors
            .ShouldStartWith("error: EMBED_WORKERS=0 (in .env): give a whole number from 1 to 1024.\n");
        (await _program.RunAsync("sentences --workers 1")).Output.ShouldStartWith("Configuration: workers=1, batch_size=7,");
    }

    [Fact]
    public async Task A_dry_run_shows_everything_and_writes_nothing()
    {
        await LoadAsync("a", "b");
        var before = Dump();

        var result = await _program.RunAsync("sentences --dry-run --limit 1 --prefix x");

        result.ExitCode.ShouldBe(0);
        result.Output.ShouldStartWith(
            $"""
            Configuration: workers=1, batch_size=100, table=sentences
            Dry run: nothing is written.
              store:       sqlite:{_program.PathOf("ingest.db")}
              table:       sentences
              key:         id
              text:        text
              embedding:   embedding BLOB
              metrics:     sentence_metrics
              model:       builtin:hashing, 384 dimensions, cpu
              frequency:   computed
              pending:     2 rows
              would write: an embedding and a metrics row for each of 1 row
              speed:       about 
            """);
        Dump().ShouldBe(before);
    }

    [Fact]
    public async Task A_dry_run_finds_a_model_that_does_not_fit()
    {
        await _program.RunAsync("init --dimensions 5");

        var result = await _program.RunAsync("--dry-run");

        result.ExitCode.ShouldBe(5);
        result.Errors.ShouldContain("error: A run would be refused: sentences.embedding holds vectors of dimension 5, and the model builtin:hashing makes 384");
    }

    [Fact]
    public async Task An_unknown_table_is_named()
    {
        await LoadAsync("a");

        var result = await _program.RunAsync("nope");

        result.ExitCode.ShouldBe(5);
        result.Errors.ShouldStartWith("error: ");
        result.Errors.ShouldContain("nope");
    }

    private static string Timeless(string text) => Regex.Replace(text, @"\d+(\.\d+)?(?= (s|rows/s)\b)", "#", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    private async Task LoadAsync(params string[] texts)
    {
        _program.Write("in.txt", string.Join('\n', texts));
        (await _program.RunAsync("load sentences in.txt")).ExitCode.ShouldBe(0);
    }

    private string Dump() => string.Join(' ', Scalar("SELECT count(*) FROM sentences WHERE embedding IS NULL"),
        Scalar("SELECT count(*) FROM sentence_metrics"), Scalar("SELECT count(*) FROM ingest_embeddings_failed_row"));

    private object? Scalar(string sql) => WithCommand(sql, command => command.ExecuteScalar());

    private void Execute(string sql) => WithCommand(sql, command => command.ExecuteNonQuery());

    private T WithCommand<T>(string sql, Func<SqliteCommand, T> run)
    {
        using var connection = new SqliteConnection($"Data Source={_program.PathOf("ingest.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return run(command);
    }

    private sealed class EncoderThatFails(string text) : IEncoder
    {
        private readonly HashingEncoder _encoder = new();

        public EncoderDescription Description => _encoder.Description;

        public EncoderCounters Counters => default;

        public async ValueTask EncodeAsync(IReadOnlyList<string> texts, TextRole role, VectorBlock vectors, CancellationToken stopping)
        {
            await _encoder.EncodeAsync(texts, TextRole.Document, vectors, stopping);
            for (var i = 0; i < texts.Count; i++)
            {
                if (texts[i] == text)
                {
                    vectors.Fail(i, "the test wants it");
                }
            }
        }

        public ValueTask DisposeAsync() => _encoder.DisposeAsync();
    }
}
