using System.Text.RegularExpressions;
using IngestEmbeddings.Cli.Commands;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Documentation;

/// <summary>The pages name files, scripts and commands that exist.</summary>
public partial class NamedFilesTests
{
    private static readonly string[] Pages = ["README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/tutorial.md", "docs/troubleshooting.md", "docs/migrating.md"];

    public static TheoryData<string, string> Paths { get; } =
        [.. Pages.SelectMany(page => Named(page, CodePath()).Concat(Links(page)).Distinct().Select(path => (page, path)))];

    public static TheoryData<string, string> Commands { get; } =
        [.. Pages.SelectMany(page => Named(page, ProgramCommand()).Distinct().Select(command => (page, command)))];

    [Theory]
    [MemberData(nameof(Paths))]
    public void A_named_file_exists(string page, string path)
    {
        var full = Repository.PathOf(path);

        (File.Exists(full) || Directory.Exists(full)).ShouldBeTrue($"{page} names {path}");
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_named_command_exists(string page, string command) =>
        CommandList.Specs.Select(spec => spec.Name.Split(' ')[0]).Concat(["sentences", "documents", "notes"]).ShouldContain(command, page);

    private static string Read(string page) => File.ReadAllText(Repository.PathOf(page));

    private static IEnumerable<string> Named(string page, Regex pattern) =>
        pattern.Matches(Read(page)).Select(static match => match.Groups["name"].Value);

    private static IEnumerable<string> Links(string page) => Named(page, Link())
        .Select(target => Path.GetRelativePath(
            Repository.PathOf("."), Path.GetFullPath(target, Path.GetDirectoryName(Repository.PathOf(page))!)));

    // `src/…`, `eng/chaos` and the like, with or without arguments behind.
    [GeneratedRegex("`(?<name>(src|tests|docs|eng|bench|samples)/[A-Za-z0-9_./-]*[A-Za-z0-9_])[ `]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CodePath();

    [GeneratedRegex(@"\]\((?<name>(?!https?:)[^)#]+)(#[^)]*)?\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();

    [GeneratedRegex(@"^\./ingest-embeddings (?<name>[a-z]+)", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ProgramCommand();
}
