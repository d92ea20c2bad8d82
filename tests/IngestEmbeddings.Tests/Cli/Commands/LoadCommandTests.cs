using IngestEmbeddings.Cli.Commands;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.Commands;

public sealed class LoadCommandTests : IDisposable
{
    private readonly TestProgram _program = new();

    public void Dispose() => _program.Dispose();

    [Fact]
    public async Task A_new_store_gets_the_table_and_the_rows()
    {
        _program.Write("in.csv", "id,text\n5,\"a, b\"\n6,\n");

        var result = await _program.RunAsync("load docs in.csv");

        result.ExitCode.ShouldBe(0);
        result.Output.ShouldBe("Loaded 2 rows into docs.\n");
        result.Errors.ShouldContain("is new: created ");
        (await _program.RunAsync("docs --progress none")).Output.ShouldBe("No more rows to process for docs. Total processed=1\n");
    }

    [Fact]
    public async Task A_store_that_is_there_is_not_changed_without_being_asked()
    {
        await _program.RunAsync("init docs");
        _program.Write("in.txt", "a\n");

        var result = await _program.RunAsync("load other in.txt");

        result.ExitCode.ShouldBe(5);
        result.Errors.ShouldContain("init other");
    }

    [Fact]
    public async Task Standard_input_is_read_and_rows_are_numbered()
    {
        _program.Input = "{\"text\":\"a\"}\n{\"text\":\"b\"}\n"u8.ToArray();

        (await _program.RunAsync("load sentences - --format jsonl")).Output.ShouldBe("Loaded 2 rows into sentences.\n");
        _program.Input = "c"u8.ToArray();
        (await _program.RunAsync("load sentences - --format text")).Output.ShouldBe("Loaded 1 row into sentences.\n");

        (await _program.RunAsync("--progress none")).Output.ShouldEndWith("Total processed=3\n");
    }

    [Fact]
    public async Task A_bad_line_loads_nothing()
    {
        _program.Write("in.tsv", "1\ta\n2\tb\n3\n");

        var result = await _program.RunAsync("load sentences in.tsv");

        result.ExitCode.ShouldBe(6);
        result.Errors.ShouldContain("error: in.tsv, line 3: 1 field where the first line has 2. Nothing was loaded.\n");
        (await _program.RunAsync("--progress none")).Output.ShouldEndWith("Total processed=0\n");
    }

    [Fact]
    public async Task Long_loads_show_that_they_go_on()
    {
        _program.Write("in.txt", string.Concat(Enumerable.Range(0, LoadCommand.ProgressRows + 1).Select(i => $"{i}\n")));

        var result = await _program.RunAsync("load sentences in.txt");

        result.Errors.ShouldContain("note: 100000 rows read\n");
        result.Output.ShouldBe("Loaded 100001 rows into sentences.\n");
    }
}
