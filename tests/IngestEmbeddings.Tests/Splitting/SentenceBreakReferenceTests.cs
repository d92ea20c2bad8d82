using System.Globalization;
using IngestEmbeddings.Splitting;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Splitting;

/// <summary>Sentences end where the files of the Unicode Character Database say, which Debian's <c>unicode-data</c> installs.</summary>
public sealed class SentenceBreakReferenceTests
{
    private const string Folder = "/usr/share/unicode";

    // Semicolons are continuations since Unicode 15.1; the others are sentence marks since Unicode 16. The file is of Unicode 15.0.
    private static readonly int[] Later =
        [0x3B, 0x37E, 0xFE14, 0xFE54, 0xFF1B, 0x17D4, 0x17D5, 0x2CF9, 0x2CFA, 0x2CFB, 0xFE12, 0xFE15, 0xFE16];

    [Fact]
    public void Sentences_end_where_the_break_test_of_Unicode_says()
    {
        var wrong = new List<string>();
        var cases = 0;
        foreach (var line in Lines("auxiliary/SentenceBreakTest.txt"))
        {
            cases++;
            var (text, ends) = Read(line);
            if (!Ends(text).SequenceEqual(ends))
            {
                wrong.Add($"{line}: ends at {string.Join(", ", Ends(text))}");
            }
        }

        cases.ShouldBeGreaterThan(500);
        wrong.ShouldBeEmpty();
    }

    [Fact]
    public void Every_character_has_the_class_that_Unicode_gives_it()
    {
        var wanted = Assigned().ToDictionary(static code => code, static _ => SentenceClass.Other);
        foreach (var line in Lines("auxiliary/SentenceBreakProperty.txt"))
        {
            var (first, last, name) = ReadRange(line);
            for (var code = first; code <= last; code++)
            {
                wanted[code] = name;
            }
        }

        wanted.Count.ShouldBeGreaterThan(100_000);
        wanted.Where(static one => !Later.Contains(one.Key) && SentenceClasses.At(char.ConvertFromUtf32(one.Key), 0, out _) != one.Value)
            .Select(static one => $"U+{one.Key:X4} is {one.Value}")
            .ShouldBeEmpty();
    }

    private static IEnumerable<int> Assigned() => Lines("UnicodeData.txt").Select(static line => line.Split(';'))
        .Where(static fields => fields[2] != "Cs")
        .Select(static fields => int.Parse(fields[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture));

    private static IEnumerable<string> Lines(string file)
    {
        var path = Path.Combine(Folder, file);
        Assert.SkipWhen(!File.Exists(path), $"There is no {path}: install Debian's unicode-data.");
        return File.ReadLines(path).Select(static line => line.Split('#')[0].Trim()).Where(static line => line.Length > 0);
    }

    /// <summary>Reads <c>÷ 0061 × 002E ÷ 0062 ÷</c>: a division sign where there is a border.</summary>
    private static (string Text, List<int> Ends) Read(string line)
    {
        var text = "";
        var ends = new List<int>();
        foreach (var part in line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1))
        {
            switch (part)
            {
                case "÷":
                    ends.Add(text.Length);
                    break;
                case "×":
                    break;
                default:
                    text += char.ConvertFromUtf32(int.Parse(part, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                    break;
            }
        }

        return (text, ends);
    }

    private static IEnumerable<int> Ends(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            at = SentenceBreaks.Next(text, at);
            yield return at;
        }
    }

    private static (int First, int Last, SentenceClass Class) ReadRange(string line)
    {
        var parts = line.Split(';');
        var range = parts[0].Trim().Split("..").Select(static code => int.Parse(code, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToList();
        return (range[0], range[^1], parts[1].Trim() switch
        {
            "CR" => SentenceClass.CarriageReturn,
            "LF" => SentenceClass.LineFeed,
            "Sep" => SentenceClass.Separator,
            "Extend" => SentenceClass.Extend,
            "Format" => SentenceClass.Format,
            "Sp" => SentenceClass.Space,
            "Lower" => SentenceClass.Lower,
            "Upper" => SentenceClass.Upper,
            "OLetter" => SentenceClass.OtherLetter,
            "Numeric" => SentenceClass.Numeric,
            "ATerm" => SentenceClass.AmbiguousTerm,
            "SContinue" => SentenceClass.Continue,
            "STerm" => SentenceClass.Term,
            "Close" => SentenceClass.Close,
            var other => throw new InvalidDataException($"'{other}' is no class."),
        });
    }
}
