using System.Reflection;
using System.Text;

namespace IngestEmbeddings.Cli.Arguments;

/// <summary>Writes the help, from the table of options.</summary>
internal static class HelpText
{
    private const int Width = 100;
    private const string Indent = "      ";

    private const string RunIntroduction = """
        Fills in the embeddings and the text metrics of every row of a database table: in parallel, resumable, safe to kill.

        Examples:
          ingest-embeddings                                   the shipped sample, in ingest.db
          ingest-embeddings sentences 500 --workers 4         four workers, 500 rows at a time
          ingest-embeddings --metrics-only --workers 2        metrics for rows that have an embedding
          ingest-embeddings docs --store postgresql://me@db.example/corpus --model ./multilingual-e5-small
          ingest-embeddings sentences --dry-run               what would be done
          ingest-embeddings load sentences corpus.tsv         add the rows of a file
          ingest-embeddings init sentences --dimensions 384   create what the table lacks

        Usage:
          ingest-embeddings [run] [<table>] [<batch-size>] [options]
          ingest-embeddings init [<table>] [options]
          ingest-embeddings load <table> <file> [options]
          ingest-embeddings index [<table>] [options]
          ingest-embeddings bench [<table>] [options]
          ingest-embeddings model info <model>
          ingest-embeddings model quantize <model> --texts FILE [options]
          ingest-embeddings <command> --help
        """;

    private const string InitIntroduction = """
        Creates what a table lacks to be filled: the table itself, a place for its vectors, its metrics table.
        What is there already stays as it is.

        Examples:
          ingest-embeddings init                              sentences, 384 dimensions
          ingest-embeddings init docs --dimensions 768        for a model of 768 dimensions
          ingest-embeddings init --schema corpus              in a schema of its own

        Usage:
          ingest-embeddings init [<table>] [options]
        """;

    private const string LoadIntroduction = """
        Adds the rows of a file to a table: all of them, or none when a line is wrong.

        Examples:
          ingest-embeddings load sentences corpus.tsv         id and text, or a header that names them
          ingest-embeddings load docs chunks.jsonl --text-field chunk --id-field ''
          zcat corpus.txt.gz | ingest-embeddings load sentences - --format text

        Usage:
          ingest-embeddings load <table> <file> [options]

        Formats: tsv has no quotes; csv has them as in RFC 4180; jsonl is one object a line; text is one row a line.
        """;

    private const string IndexIntroduction = """
        Builds an index over the vectors of a table, for search. Nobody is locked out meanwhile. PostgreSQL alone.

        Examples:
          ingest-embeddings index                             hnsw, for the cosine, over sentences
          ingest-embeddings index docs --method ivfflat       built in a fraction of the time, on a table that is full
          ingest-embeddings index --memory 8000               8 GB for the build: what does not fit takes many times as long

        Usage:
          ingest-embeddings index [<table>] [options]
        """;

    private const string StatusIntroduction = """
        Tells how a table stands: rows pending, runs under way and their workers, rows set aside and why.

        Examples:
          ingest-embeddings status                            of sentences
          ingest-embeddings status docs --store postgresql://me@server/corpus

        Usage:
          ingest-embeddings status [<table>] [options]
        """;

    private const string BenchIntroduction = """
        Tries 1, 2, 4, … workers and some batch sizes on rows of your own table, and says which to use. Writes nothing, or with
        --write into a copy of these rows, which has the same columns and indexes and is dropped at the end.

        Examples:
          ingest-embeddings bench                             sentences, with the model that run would use
          ingest-embeddings bench docs --model ./my-model --seconds 10
          ingest-embeddings bench docs --write                what the database adds
          ingest-embeddings bench --metrics-only --json

        Usage:
          ingest-embeddings bench [<table>] [options]
        """;

    private const string ModelIntroduction = """
        Lists and fetches models, shows what was understood of one, and makes the int8 graph that some processors run three
        times as fast. Fetched models are kept in Hugging Face's own cache; HF_ENDPOINT, HF_TOKEN, HF_HOME, HF_HUB_CACHE and
        HF_HUB_OFFLINE mean what they mean there.

        Examples:
          ingest-embeddings model list
          ingest-embeddings model pull intfloat/multilingual-e5-small
          ingest-embeddings model info intfloat/multilingual-e5-small
          ingest-embeddings model quantize ./my-model --texts corpus.tsv

        Usage:
          ingest-embeddings model list
          ingest-embeddings model pull <model>
          ingest-embeddings model info <model>
          ingest-embeddings model quantize <model> --texts FILE [options]
        """;

    private const string Store = """
        Store:
          --store or EMBED_STORE; else PostgreSQL if PG_HOST, PGHOST, PG_DATABASE, PG_DB or PGDATABASE is set, with
          PG_PORT, PG_USER, PG_PASSWORD or PGPORT, PGUSER, PGPASSWORD; else sqlite:ingest.db in the working directory.
          run creates an embedded store that is not there with the shipped sample, its lexicon and --language haw.
          A .env file in the working directory is read; environment variables win over it, and options over both.
        """;

    /// <summary>The version of the program.</summary>
    public static string Version { get; } =
        typeof(HelpText).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>The help of a command.</summary>
    public static string Of(CommandNames command)
    {
        var text = new StringBuilder($"ingest-embeddings {Version}\n\n");
        text.Append(command switch
        {
            CommandNames.Init => InitIntroduction,
            CommandNames.Load => LoadIntroduction,
            CommandNames.Index => IndexIntroduction,
            CommandNames.Status => StatusIntroduction,
            CommandNames.Bench => BenchIntroduction,
            CommandNames.ModelInfo or CommandNames.ModelQuantize or CommandNames.ModelList or CommandNames.ModelPull => ModelIntroduction,
            _ => RunIntroduction,
        });
        text.Append("\n\nArguments and options:\n");
        foreach (var spec in OptionTable.Of(command))
        {
            text.Append($"  {spec.Label}\n");
            AppendWrapped(text, spec.Meaning);
            var variable = spec.Variable is null ? "" : $"; environment {spec.Variable}";
            AppendWrapped(text, $"default: {spec.Default}{variable}");
        }

        text.Append("  --help, -h\n      this text\n  --version\n      the version\n\n");
        if ((command & CommandNames.All) != CommandNames.None)
        {
            text.Append(Store).Append("\n\n");
        }

        text.Append("Exit codes:\n");
        foreach (var (code, meaning) in ExitCode.All)
        {
            text.Append($"  {code,3}  {meaning}\n");
        }

        return text.ToString();
    }

    private static void AppendWrapped(StringBuilder text, string line)
    {
        var column = Indent.Length;
        text.Append(Indent);
        foreach (var word in line.Split(' '))
        {
            if (column > Indent.Length && column + word.Length + 1 > Width)
            {
                text.Append('\n').Append(Indent);
                column = Indent.Length;
            }
            else if (column > Indent.Length)
            {
                text.Append(' ');
                column++;
            }

            text.Append(word);
            column += word.Length;
        }

        text.Append('\n');
    }
}
