using IngestEmbeddings.Cli.Reading;
using IngestEmbeddings.Stores;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.Reading;

public class RowReaderTests
{
    [Fact]
    public async Task Tabs_divide_and_quotes_are_text()
    {
        (await ReadAsync(RowFormat.Tsv, "1\t\"Aloha\", he said\n2\tʻO ia, \"nō\n"))
            .ShouldBe([new LoadRow("1", "\"Aloha\", he said"), new LoadRow("2", "ʻO ia, \"nō")]);
    }

    [Theory]
    [InlineData("id\ttext\n7\ta\n")]
    [InlineData("text\tid\na\t7\n")]
    [InlineData("note\tSentenceID\tHawaiianText\nx\t7\ta\n")]
    public async Task A_header_says_which_field_is_which(string input) =>
        (await ReadAsync(RowFormat.Tsv, input)).ShouldBe([new LoadRow("7", "a")]);

    [Fact]
    public async Task Without_a_header_one_field_is_a_text_and_two_are_id_and_text()
    {
        (await ReadAsync(RowFormat.Tsv, "a\nb\n")).ShouldBe([new LoadRow(null, "a"), new LoadRow(null, "b")]);
        (await ReadAsync(RowFormat.Tsv, "x\ta\n")).ShouldBe([new LoadRow("x", "a")]);
    }

    [Theory]
    [InlineData("2", "1", "x\ta\n", "x", "a")]
    [InlineData("1", "2", "a\tx\n", "x", "a")]
    [InlineData("3", "", "x\ty\ta\n", null, "a")]
    [InlineData("Words", "No", "No\tyes\tWords\nx\ty\ta\n", "x", "a")]
    [InlineData("words", "", "id\twords\nx\ta\n", null, "a")]
    [InlineData(null, "", "id\ttext\nx\ta\n", null, "a")]
    public async Task Fields_are_named_or_numbered(string? text, string? id, string input, string? key, string expected) =>
        (await ReadAsync(RowFormat.Tsv, input, new FieldNames { Text = text, Id = id })).ShouldBe([new LoadRow(key, expected)]);

    [Fact]
    public async Task The_columns_of_the_table_are_usual_names_too() =>
        (await ReadAsync(RowFormat.Csv, "nr,satz,text\n1,a,b\n", new FieldNames { TextColumn = "satz", IdColumn = "nr" }))
            .ShouldBe([new LoadRow("1", "a")]);

    [Fact]
    public async Task Quoted_fields_hold_commas_quotes_and_line_ends() =>
        (await ReadAsync(RowFormat.Csv, "id,text\r\n1,\"a, \"\"b\"\"\r\nc\"\r\n2,d e\r\n"))
            .ShouldBe([new LoadRow("1", "a, \"b\"\r\nc"), new LoadRow("2", "d e")]);

    [Fact]
    public async Task Json_lines_may_leave_text_null_and_number_ids() =>
        (await ReadAsync(RowFormat.JsonLines, "{\"id\":1,\"text\":\"a\\nb\"}\n\n{\"text\":null,\"id\":\"x\"}\n"))
            .ShouldBe([new LoadRow("1", "a\nb"), new LoadRow("x", null)]);

    [Fact]
    public async Task Plain_text_is_taken_line_by_line_as_it_is() =>
        (await ReadAsync(RowFormat.Text, " a\tb \n\n\"c\"")).ShouldBe([new LoadRow(null, " a\tb "), new LoadRow(null, "\"c\"")]);

    [Theory]
    [InlineData("tsv", "1\ta\r\n\r\n2\tb\r\n")]
    [InlineData("tsv", "1\ta\r2\tb")]
    [InlineData("csv", "1,a\r\n\r\n2,b")]
    [InlineData("jsonl", "{\"id\":1,\"text\":\"a\"}\r\n\r\n{\"id\":2,\"text\":\"b\"}")]
    public async Task Any_line_end_ends_a_line_and_empty_lines_are_passed_over(string format, string input) =>
        (await ReadAsync(RowFormats.FromName(format), input)).ShouldBe([new LoadRow("1", "a"), new LoadRow("2", "b")]);

    [Theory]
    [InlineData("tsv")]
    [InlineData("csv")]
    [InlineData("text")]
    public async Task A_byte_order_mark_is_no_text(string format) =>
        (await ReadAsync(RowFormats.FromName(format), "\uFEFFʻāina\n")).ShouldBe([new LoadRow(null, "ʻāina")]);

    [Theory]
    [InlineData("tsv", "1\ta\n\n3\tb\tc\n", "in, line 3: 3 fields where the first line has 2. Nothing was loaded.")]
    [InlineData("tsv", "1\ta\n\tb\n", "in, line 2: the id is empty. Use --id-field '' to have the rows numbered. Nothing was loaded.")]
    [InlineData("tsv", "a\tb\tc\n", "in: 3 fields in its first line and none is known to be the text. Name it with --text-field, by name or by number. Nothing was loaded.")]
    [InlineData("csv", "1,\"a\nb\"\n2,c,d\n", "in, line 3: 3 fields where the first line has 2. Nothing was loaded.")]
    [InlineData("csv", "1,a\n2,b\"c\"\n", "in, line 2: its quotes are not those of CSV. A field with quotes stands in quotes, and its own are doubled. Nothing was loaded.")]
    [InlineData("csv", "1,a\n2,\"b\n3,c\n", "in, line 2: its quotes are not those of CSV. A field with quotes stands in quotes, and its own are doubled. Nothing was loaded.")]
    [InlineData("jsonl", "{\"text\":\"a\"}\nhush\n", "in, line 2: not a JSON object. Nothing was loaded.")]
    [InlineData("jsonl", "{\"text\":\"a\"}\n[1]\n", "in, line 2: not a JSON object. Nothing was loaded.")]
    [InlineData("jsonl", "{\"text\":\"a\"}\n{\"txt\":\"b\"}\n", "in, line 2: no member 'text'. Nothing was loaded.")]
    [InlineData("jsonl", "{\"text\":7}\n", "in, line 1: 'text' is not a string. Nothing was loaded.")]
    [InlineData("jsonl", "{\"text\":\"\\ud800\"}\n", "in, line 1: 'text' holds half a surrogate pair, which is no text. Nothing was loaded.")]
    [InlineData("jsonl", "{\"txt\":\"a\"}\n", "in, line 1: no member is known to be the text. Name it with --text-field. Nothing was loaded.")]
    [InlineData("text", "a\nb\0c\n", "in, line 2: the text holds the character U+0000, which a database cannot keep. Nothing was loaded.")]
    public async Task A_bad_line_is_named_by_its_number(string format, string input, string message)
    {
        var exception = await Should.ThrowAsync<IngestException>(() => ReadAsync(RowFormats.FromName(format), input));

        exception.Message.ShouldBe(message);
        exception.Error.ShouldBe(IngestError.Data);
    }

    [Theory]
    [InlineData("nope", null, "in: no field 'nope' in its first line. Fix --text-field. Nothing was loaded.")]
    [InlineData("2", "nope", "in: no field 'nope' in its first line. Fix --id-field. Nothing was loaded.")]
    [InlineData("3", null, "in: there is no field 3: its first line has 2. Nothing was loaded.")]
    public async Task A_field_that_is_not_there_is_named(string text, string? id, string message)
    {
        var exception = await Should.ThrowAsync<IngestException>(
            () => ReadAsync(RowFormat.Tsv, "1\ta\n", new FieldNames { Text = text, Id = id }));

        exception.Message.ShouldBe(message);
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF8_are_refused()
    {
        byte[] latin1 = [.. "a\nm"u8, 0xE4, .. "r\n"u8];

        var exception = await Should.ThrowAsync<IngestException>(() => ReadAsync(RowFormat.Text, latin1));

        exception.Message.ShouldStartWith("in, after line ");
        exception.Message.ShouldContain("bytes that are not UTF-8");
    }

    [Theory]
    [InlineData("a.tsv", "Tsv")]
    [InlineData("a.CSV", "Csv")]
    [InlineData("a.jsonl", "JsonLines")]
    [InlineData("a.txt", "Text")]
    [InlineData("a.json", null)]
    public void The_extension_tells_the_format(string file, string? format) =>
        RowFormats.FromExtension(file)?.ToString().ShouldBe(format);

    private static Task<List<LoadRow>> ReadAsync(RowFormat format, string input, FieldNames? fields = null) =>
        ReadAsync(format, System.Text.Encoding.UTF8.GetBytes(input), fields);

    private static async Task<List<LoadRow>> ReadAsync(RowFormat format, byte[] input, FieldNames? fields = null)
    {
        using var stream = new MemoryStream(input);
        return await new RowReader("in", format, fields ?? new FieldNames()).ReadAsync(stream).ToListAsync();
    }
}
