using System.Text.RegularExpressions;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Documentation;

/// <summary>Each promise of the page on security, and each fault of the page on faults, names tests that exist.</summary>
public sealed partial class PromiseTests
{
    private static readonly (string Page, int Column)[] Tables = [("docs/security.md", 3), ("docs/faults.md", 3)];

    private static readonly Type[] Types = [.. typeof(PromiseTests).Assembly.GetTypes().Where(static type => type.Namespace is not null)];

    private static readonly string[] Methods = [.. Types.SelectMany(static type => type.GetMethods()).Select(static method => method.Name)];

    public static TheoryData<string, string> Promises { get; } =
        [.. Tables.SelectMany(table => Rows(table.Page, table.Column).Select(cell => (table.Page, cell)).Distinct())];

    [Theory]
    [MemberData(nameof(Promises))]
    public void A_promise_names_tests_that_exist(string page, string cell)
    {
        var names = Name().Matches(cell).Select(static match => match.Groups["name"].Value).ToList();

        names.ShouldNotBeEmpty($"{page}: {cell}");
        foreach (var name in names)
        {
            Exists(name).ShouldBeTrue($"{page} names the test {name}");
        }
    }

    // `eng/chaos`, `.ci/run`: a script. `Kinds/A5`: classes of a folder that begin so; `A_name_…`: methods that begin so; else a class, or a method by
    // its whole name.
    private static bool Exists(string name) => name switch
    {
        _ when name.StartsWith("eng/", StringComparison.Ordinal) || name.StartsWith('.') => File.Exists(Repository.PathOf(name)),
        _ when name.Contains('/', StringComparison.Ordinal) => Types.Any(type => IsOf(type, name.TrimEnd('/'))),
        [.. var start, '…'] => Methods.Any(method => method.StartsWith(start, StringComparison.Ordinal)),
        _ => Types.Any(type => type.Name == name) || Methods.Contains(name),
    };

    private static bool IsOf(Type type, string path) =>
        $"{type.Namespace}.{type.Name}".StartsWith($"IngestEmbeddings.Tests.{path.Replace('/', '.')}", StringComparison.Ordinal);

    // The cells of tables whose header calls that column a test.
    private static IEnumerable<string> Rows(string page, int column)
    {
        var inside = false;
        foreach (var line in File.ReadLines(Repository.PathOf(page)))
        {
            var cells = line.Split('|');
            if (!line.StartsWith('|') || cells.Length <= column)
            {
                inside = false;
            }
            else if (cells[column].Trim() is "Test" or "test")
            {
                inside = true;
            }
            else if (inside && !cells[column].Contains("---", StringComparison.Ordinal))
            {
                yield return cells[column].Trim();
            }
        }
    }

    [GeneratedRegex("`(?<name>[^`]+)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Name();
}
