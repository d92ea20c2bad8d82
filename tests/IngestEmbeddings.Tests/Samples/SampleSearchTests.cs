using System.Text.RegularExpressions;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Onnx;
using IngestEmbeddings.Onnx.Folders;
using IngestEmbeddings.Sqlite;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Support;
using Microsoft.Data.Sqlite;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Samples;

/// <summary>The shipped model finds sentences of the sample by their meaning: no query shares a content word with the sentence meant.</summary>
public sealed partial class SampleSearchTests : IDisposable
{
    private static readonly (string Query, int Meant)[] Queries =
    [
        ("pictures of distant stars", 595),
        ("predators chasing prey in an arctic wilderness", 600),
        ("extinguishing flames", 605),
        ("a soccer match decided late", 609),
        ("seasoning melting away in a hot pot", 598),
        ("computer failure destroyed my document", 588),
        ("getting a mortgage for a home", 584),
        ("a classical concert", 614),
        ("making alcohol in a vineyard", 626),
        ("a seismic disaster", 603),
        ("medication at a drugstore", 570),
        ("a flight held up by bad weather", 627),
        ("a wedding ceremony", 636),
        ("board games demand calm thinking", 613),
        ("military troops protecting a frontier", 579),
        ("citizens choosing their local leader", 576),
        ("a relative who is a doctor", 497),
        ("a volcanic eruption", 544),
        ("a reunion of former schoolmates", 638),
        ("animal clinic treating an injured dog", 601),
    ];

    private static readonly string[] FunctionWords = ["a", "an", "and", "at", "by", "for", "in", "is", "my", "of", "the", "their", "to", "up", "who", "was"];

    private readonly string _folder = Directory.CreateTempSubdirectory("ingest-search-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void No_query_shares_a_content_word_with_the_sentence_meant()
    {
        var texts = File.ReadLines(Repository.PathOf("samples", "sentences.tsv")).Skip(1).Select(line => line.Split('\t')).ToDictionary(fields => fields[0], fields => fields[1]);

        Queries.Length.ShouldBe(20);
        foreach (var (query, meant) in Queries)
        {
            Content(query).Intersect(Content(texts[$"{meant}"])).ShouldBeEmpty(query);
        }
    }

    [Fact]
    public async Task At_least_17_of_20_are_among_the_first_three_and_hybrid_finds_no_fewer()
    {
        var file = Path.Combine(_folder, "ingest.db");
        await using (var store = await SqliteStore.OpenAsync(file, Cancel))
        {
            var request = new TableRequest { Table = "sentences" };
            await store.InitAsync(new InitRequest { Table = request }, Cancel);
            await store.LoadAsync(new LoadRequest { Table = request }, RowsAsync(), Cancel);
        }

        await using var job = await IngestJob.OpenAsync(
            new IngestJobOptions
            {
                OpenStore = async (_, token) => await SqliteStore.OpenAsync(file, token),
                Table = new TableRequest { Table = "sentences" },
                LoadEncoder = (_, _) => Task.FromResult<IEncoder>(OnnxEncoderFactory.Create(new OnnxEncoderOptions { Model = ShippedModel.Name })),
            },
            Cancel);
        await job.RunAsync(new IngestOptions(), Cancel);
        await using (var connection = new SqliteConnection($"Data Source={file};Pooling=False"))
        {
            connection.Open();
            await using var command = new SqliteCommand(
                "CREATE VIRTUAL TABLE f USING fts5(text, content='sentences', content_rowid='id'); INSERT INTO f(f) VALUES ('rebuild')", connection);
            command.ExecuteNonQuery();
        }

        var nearest = await FoundAsync(hybrid: false);
        var hybrid = await FoundAsync(hybrid: true);

        nearest.Count.ShouldBeGreaterThanOrEqualTo(17);
        hybrid.Count.ShouldBeGreaterThanOrEqualTo(nearest.Count);

        async Task<IReadOnlyList<string>> FoundAsync(bool hybrid)
        {
            var found = await new TableSearch(job.Table, job.Encoder)
                .FindAsync([.. Queries.Select(query => query.Query)], new SearchOptions { Top = 3, Hybrid = hybrid }, Cancel);
            return [.. Queries.Zip(found).Where(pair => pair.Second.Rows.Any(row => row.Key[0] == $"{pair.First.Meant}")).Select(pair => pair.First.Query)];
        }
    }

    private static async IAsyncEnumerable<LoadRow> RowsAsync()
    {
        await foreach (var line in File.ReadLinesAsync(Repository.PathOf("samples", "sentences.tsv")).Skip(1))
        {
            var fields = line.Split('\t');
            yield return new LoadRow(fields[0], fields[1]);
        }
    }

    private static IEnumerable<string> Content(string text) =>
        Word().Matches(text).Select(word => word.Value.ToLowerInvariant()).Except(FunctionWords);

    [GeneratedRegex(@"\p{L}+", RegexOptions.None, 1000)]
    private static partial Regex Word();
}
