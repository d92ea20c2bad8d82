using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.Arguments;

public class MistakeTests
{
    private const string NextStep = "\nNothing was opened. See 'ingest-embeddings --help'.";

    [Theory]
    [InlineData("--workers 0", "--workers 0: give a whole number from 1 to 1024.")]
    [InlineData("--workers -3", "--workers -3: give a whole number from 1 to 1024.")]
    [InlineData("--workers 1.5", "--workers 1.5: give a whole number from 1 to 1024.")]
    [InlineData("--workers 99999999999999999999", "--workers 99999999999999999999: give a whole number from 1 to 1024.")]
    [InlineData("--workers", "--workers needs a value: --workers N.")]
    [InlineData("--workers --limit 3", "--workers needs a value: --workers N.")]
    [InlineData("--workers 2 --workers 3", "--workers is given 2 times: give it once.")]
    [InlineData("sentences x", "batch size x: give a whole number from 1 to 100000.")]
    [InlineData("sentences 0", "batch size 0: give a whole number from 1 to 100000.")]
    [InlineData("sentences -5", "batch size -5: give a whole number from 1 to 100000.")]
    [InlineData("sentences 100 200", "'200' is one argument too many.")]
    [InlineData("--wrokers 4", "--wrokers is not an option. Did you mean --workers?")]
    [InlineData("--metric-only", "--metric-only is not an option. Did you mean --metrics-only?")]
    [InlineData("--dryrun sentences x", "--dryrun is not an option. Did you mean --dry-run?|batch size x: give a whole number from 1 to 100000.")]
    [InlineData("--xylophone=3", "--xylophone is not an option.")]
    [InlineData("-w 4", "-w is not an option.")]
    [InlineData("--metrics-only=yes", "--metrics-only is a switch: it takes no value.")]
    [InlineData("--texts a.txt", "--texts is not an option of run.")]
    [InlineData("--precision int9", "--precision int9: give auto, fp32, fp16 or int8.")]
    [InlineData("--device gpu", "--device gpu: give auto, cpu, cuda or cuda:N.")]
    [InlineData("--device cuda:-1", "--device cuda:-1: give auto, cpu, cuda or cuda:N.")]
    [InlineData("--metrics-port x", "--metrics-port x: give a port, such as 9464, or an address and a port, such as 0.0.0.0:9464.")]
    [InlineData("--progress bars", "--progress bars: give auto, bar, plain, json or none.")]
    [InlineData("--frequency sometimes", "--frequency sometimes: give auto, always or never.")]
    [InlineData("--entities folder", "--entities folder: give heuristic or none.")]
    [InlineData("--language klingon", "--language klingon: only haw has rules of its own; leave it out for other languages.")]
    [InlineData("--lexicon words.txt", "--lexicon words.txt: there is no file /nowhere/words.txt.")]
    [InlineData("--limit 0", "--limit 0: give a whole number of at least 1.")]
    [InlineData("--sleep -1", "--sleep -1: give seconds from 0 to 86400, such as 0.5.")]
    [InlineData("--sleep NaN", "--sleep NaN: give seconds from 0 to 86400, such as 0.5.")]
    [InlineData("--threads none", "--threads none: give a whole number from 1 to 1024.")]
    [InlineData("--model builtin:magic", "--model builtin:magic: the only built-in model is builtin:hashing.")]
    [InlineData("--model https://api.example/v1?key=x", "--model https://api.example/v1?key=x: an endpoint is named like http://localhost:8080/v1#model-name, without password and query; its key is read from EMBED_API_KEY.")]
    [InlineData("--store mysql://db", "--store mysql://db: give postgresql://user@host:port/database or sqlite:FILE.")]
    [InlineData("--store sqlite:", "--store sqlite:: give postgresql://user@host:port/database or sqlite:FILE.")]
    [InlineData("--store mysql://me:hush@db", "--store mysql://me:***@db: give postgresql://user@host:port/database or sqlite:FILE. Signs in a password are percent-encoded: @ is %40.")]
    [InlineData("--store postgresql://me:hu@sh@db", "--store postgresql://me:***@db: give postgresql://user@host:port/database or sqlite:FILE. Signs in a password are percent-encoded: @ is %40.")]
    [InlineData("init --workers 3", "--workers is not an option of init.")]
    [InlineData("init --dimensions 0", "--dimensions 0: give a whole number from 1 to 16000, the maximum of a vector.")]
    [InlineData("init --dimensions 16001 --vector-type halfvec --store postgresql://h/d", "--dimensions 16001: give a whole number from 1 to 16000, the maximum of a halfvec.")]
    [InlineData("init --dimensions 64001 --vector-type bit --store postgresql://h/d", "--dimensions 64001: give a whole number from 1 to 64000, the maximum of a bit.")]
    [InlineData("init --vector-type halfvec --into table", "--vector-type halfvec: the embedded store keeps no such vectors.|--into table: the embedded store keeps vectors in a column of the table.")]
    [InlineData("status --workers 2", "--workers is not an option of status.")]
    [InlineData("load sentences", "load needs a table and a file: load sentences corpus.tsv. The file - is the standard input.")]
    [InlineData("load sentences corpus.tsv", "file corpus.tsv: there is no file /nowhere/corpus.tsv.")]
    [InlineData("load sentences - --format xml", "--format xml: give tsv, csv, jsonl or text.")]
    [InlineData("load sentences -", "file -: its name does not tell the format; give --format tsv, csv, jsonl or text.")]
    public void Each_mistake_is_named_with_the_next_step(string line, string problems)
    {
        var expected = problems.Split('|') is [var one]
            ? one + NextStep
            : $"{problems.Split('|').Length} mistakes:\n  {problems.Replace("|", "\n  ")}{NextStep}";

        CommandLine.Mistakes(line.Split(' ')).ShouldBe(expected);
    }

    [Fact]
    public void All_mistakes_are_reported_together()
    {
        CommandLine.Mistakes(["sentences", "x", "--wrokers", "4", "--limit", "0", "--language", "xx"]).ShouldBe(
            """
            4 mistakes:
              --wrokers is not an option. Did you mean --workers?
              batch size x: give a whole number from 1 to 100000.
              --limit 0: give a whole number of at least 1.
              --language xx: only haw has rules of its own; leave it out for other languages.
            Nothing was opened. See 'ingest-embeddings --help'.
            """);
    }

    [Fact]
    public void A_mistake_from_the_environment_names_the_variable_and_where_it_is()
    {
        CommandLine.Mistakes(
            [],
            CommandLine.Variables(("EMBED_WORKERS", "0"), ("PG_HOST", "db"), ("PGPORT", "http")),
            CommandLine.Variables(("EMBED_BATCH_SIZE", "many"))).ShouldBe(
            """
            3 mistakes:
              PGPORT=http: give a port from 1 to 65535.
              EMBED_BATCH_SIZE=many (in .env): give a whole number from 1 to 100000.
              EMBED_WORKERS=0: give a whole number from 1 to 1024.
            Nothing was opened. See 'ingest-embeddings --help'.
            """);
    }

    [Fact]
    public void An_empty_value_is_a_mistake_where_a_name_is_needed()
    {
        CommandLine.Mistakes(["--schema", ""]).ShouldStartWith("--schema '': the value is empty.");
    }
}
