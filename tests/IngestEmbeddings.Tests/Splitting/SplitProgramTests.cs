using System.Globalization;
using System.Text;
using IngestEmbeddings.Onnx.Folders;
using IngestEmbeddings.Onnx.Tokenizers;
using IngestEmbeddings.Splitting;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Splitting;

/// <summary>
/// The program splits documents of several languages while it is killed at each step. <c>eng/check-split</c> does the same with 2,000
/// documents and, where the machine has them, the texts of a Bible and of WordNet.
/// </summary>
[Slow]
public sealed class SplitProgramTests : IAsyncLifetime
{
    private const string DocumentsVariable = "INGEST_SPLIT_DOCUMENTS";
    private const string TextsVariable = "INGEST_SPLIT_TEXTS";
    private const string ReportVariable = "INGEST_SPLIT_REPORT";
    private const int Tokens = 128;

    // Written for this test.
    private static readonly string[] Own =
    [
        "Ua ua ka pō a pau, a ua mālie ke kakahiaka. ", "E hele ana mākou i ke kahakai i kēia lā. ", "ʻO ka makani ke hoa o ka moana. ",
        "雨は夜通し降り続いた。", "朝になると、山の上に虹が出た。", "「もう行くの？」と彼女は聞いた。",
        "ฝนตกตลอดทั้งคืน ", "ตอนเช้าท้องฟ้าแจ่มใสและลมเย็น ", "هطل المطر طوال الليل. ", "هل تسمع صوت البحر؟ ", "في الصباح كانت السماء صافية. ",
        "\n\n# The weather\n\n", "## A night\n\n", "```\nvar rain = 1;\n\nreturn rain; // all night\n```\n\n", "| hour | rain |\n|---|---|\n| 1 | 0.5 |\n\n",
        "The rain fell all night, e.g. on the roof. ", "Dr. Kalani measured 3.4 cm of it! ", "👩‍👩‍👧‍👦 watched it 🇳🇿. ",
    ];

    private static readonly int Count = int.Parse(Environment.GetEnvironmentVariable(DocumentsVariable) ?? "60", CultureInfo.InvariantCulture);

    private readonly PostgresDatabase _database = new();

    public ValueTask InitializeAsync() => _database.InitializeAsync();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Documents_are_covered_by_chunks_that_fit_and_a_changed_sentence_makes_two_at_most()
    {
        var sources = Sources();
        await _database.ExecuteAsync("CREATE TABLE documents(id int PRIMARY KEY, text text)");
        for (var id = 1; id <= Count; id++)
        {
            await _database.ExecuteAsync("INSERT INTO documents VALUES ($1, $2)", id, Document(sources, id));
        }

        foreach (var step in new[] { "after_read:kill@1", "before_commit:kill@3", "after_commit:kill@7" })
        {
            (await SplitAsync(step)).ExitCode.ShouldNotBe(0);
        }

        // Two at once.
        var both = await Task.WhenAll(SplitAsync(), SplitAsync());
        both.ShouldAllBe(static result => result.ExitCode == 0, string.Join('\n', both.Select(static result => result.Errors)));
        var (chunks, mostTokens) = await AuditAsync();
        var before = (await _database.ListAsync<long>("SELECT id FROM document_chunks")).ToHashSet();

        var changed = await ChangeAsync();
        (await SplitAsync("before_commit:kill@2")).ExitCode.ShouldNotBe(0);
        (await SplitAsync()).ExitCode.ShouldBe(0);
        await AuditAsync();
        var made = await NewChunksAsync(before);
        (await SplitAsync()).Output.ShouldContain("Split 0 of");

        made.Values.ShouldAllBe(static count => count <= 2);
        made.Count.ShouldBe(changed);
        if (Environment.GetEnvironmentVariable(ReportVariable) is { Length: > 0 } report)
        {
            await File.WriteAllTextAsync(
                report,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"documents={Count} chunks={chunks} max_tokens={mostTokens}/{Tokens} changed={changed} max_new={made.Values.Max()} lost=0 double=0\n"),
                TestContext.Current.CancellationToken);
        }
    }

    private static List<string[]> Sources()
    {
        // Neighbours of the list are of one language.
        List<string[]> sources = [.. new[] { Own[..3], Own[3..6], Own[6..8], Own[8..11], Own[11..] }];
        if (Environment.GetEnvironmentVariable(TextsVariable) is { Length: > 0 } file)
        {
            sources.Add([.. File.ReadLines(file).Where(static line => line.Length > 0).Select(static line => line + " ")]);
        }

        return sources;
    }

    // One to 20,000 words, or a tenth of that in the short form; each sentence has its number, so that no two are the same.
    private static string Document(List<string[]> sources, int id)
    {
        var random = new Random(id);
        var source = sources[id % sources.Count];
        var words = 1 + random.Next(random.Next(Count < 1000 ? 2_000 : 20_000));
        var text = new StringBuilder();
        var at = random.Next(source.Length);
        for (var written = 0; written < words; at++)
        {
            var sentence = source[at % source.Length];
            text.Append(sentence).Append(CultureInfo.InvariantCulture, $"{at} ");
            written += 1 + sentence.Count(static letter => letter == ' ') + (sentence[0] > 0x2E00 ? sentence.Length / 3 : 0);
        }

        return text.ToString();
    }

    private Task<ToolResult> SplitAsync(string? failpoint = null)
    {
        var settings = _database.Settings;
        return ToolProcess.RunAsync(
            ["split", "documents", "--tokens", Tokens.ToString(CultureInfo.InvariantCulture), "--model", ShippedModel.Name, "--store",
                $"postgresql://{settings.Username}@{settings.Host}:{settings.Port}/{settings.Database}"],
            failpoint is null ? null : new Dictionary<string, string> { ["INGEST_FAILPOINT"] = failpoint },
            TimeSpan.FromMinutes(9));
    }

    private async Task<(int Chunks, int MostTokens)> AuditAsync()
    {
        var counter = new TokenCounter(HuggingFaceTokenizer.Load(ModelFinder.Find(ShippedModel.Name)));
        var most = 0;
        var chunks = 0;
        for (var id = 1; id <= Count; id++)
        {
            var runes = (await _database.ScalarAsync<string>("SELECT text FROM documents WHERE id = $1", id))!.EnumerateRunes().ToArray();
            var texts = await _database.ListAsync<string>("SELECT text FROM document_chunks WHERE document_id = $1 ORDER BY ordinal", id);
            var starts = await _database.ListAsync<int>("SELECT start FROM document_chunks WHERE document_id = $1 ORDER BY ordinal", id);
            (await _database.ListAsync<int>("SELECT ordinal FROM document_chunks WHERE document_id = $1 ORDER BY ordinal", id)).ShouldBe(Enumerable.Range(1, texts.Count));
            var covered = 0;
            for (var i = 0; i < texts.Count; i++)
            {
                runes[covered..(starts[i] - 1)].ShouldAllBe(static rune => Rune.IsWhiteSpace(rune));
                covered = starts[i] - 1 + texts[i].EnumerateRunes().Count();
                string.Concat(runes[(starts[i] - 1)..covered]).ShouldBe(texts[i]);
                most = Math.Max(most, counter.Count(texts[i]));
            }

            runes[covered..].ShouldAllBe(static rune => Rune.IsWhiteSpace(rune));
            chunks += texts.Count;
        }

        most.ShouldBeLessThanOrEqualTo(Tokens);
        return (chunks, most);
    }

    // In the middle of each document that has three sentences, one that is no longer than half a chunk.
    private async Task<int> ChangeAsync()
    {
        var changed = 0;
        for (var id = 1; id <= Count; id++)
        {
            var text = (await _database.ScalarAsync<string>("SELECT text FROM documents WHERE id = $1", id))!;
            var starts = new List<int>();
            for (var at = 0; at < text.Length; at += SentenceBreaks.Next(text.AsSpan(at), 0))
            {
                starts.Add(at);
            }

            var middle = Enumerable.Range(starts.Count / 2, starts.Count - (starts.Count / 2)).FirstOrDefault(
                index => index > 0 && index + 1 < starts.Count && starts[index + 1] - starts[index] is > 8 and < Tokens && char.IsLetterOrDigit(text[starts[index]]), -1);
            if (middle < 0)
            {
                continue;
            }

            await _database.ExecuteAsync("UPDATE documents SET text = $2 WHERE id = $1", id, text.Insert(starts[middle], "Now "));
            changed++;
        }

        return changed;
    }

    private async Task<Dictionary<int, int>> NewChunksAsync(HashSet<long> before)
    {
        var made = new Dictionary<int, int>();
        for (var id = 1; id <= Count; id++)
        {
            var count = (await _database.ListAsync<long>("SELECT id FROM document_chunks WHERE document_id = $1", id)).Count(chunk => !before.Contains(chunk));
            if (count > 0)
            {
                made[id] = count;
            }
        }

        return made;
    }
}
