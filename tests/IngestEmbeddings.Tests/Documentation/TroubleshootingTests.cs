using System.Text.RegularExpressions;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Documentation;

/// <summary>The messages that the page of troubleshooting explains are those of the program.</summary>
public partial class TroubleshootingTests
{
    private static readonly Lazy<string> Sources = new(static () => string.Concat(
        Directory.EnumerateFiles(Repository.PathOf("src"), "*.cs", SearchOption.AllDirectories).Append(Repository.PathOf("ingest-embeddings")).Select(File.ReadAllText)));

    public static TheoryData<string> Messages { get; } =
        [.. Heading().Matches(File.ReadAllText(Repository.PathOf("docs", "troubleshooting.md"))).Select(static match => match.Groups["message"].Value)];

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_message_that_is_a_heading_is_one_of_the_program(string message) => Sources.Value.Contains(message, StringComparison.Ordinal).ShouldBeTrue(message);

    [GeneratedRegex(@"^## [^`\n]*`(?<message>[^`\n]+)`", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Heading();
}
