// Compares our token ids with the reference's: prints the share that is equal, and writes what differs to a file.
//   dotnet run compare.cs -- FOLDER TEXTS IDS MISMATCHES
#:project ../../src/IngestEmbeddings.Onnx/IngestEmbeddings.Onnx.csproj
#:property RestorePackagesWithLockFile=false
#:property PublishAot=false
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using IngestEmbeddings.Onnx.Tokenizers;
using IngestEmbeddings.Tokenizing;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var (folder, textsFile, idsFile, mismatchFile) = (args[0], args[1], args[2], args[3]);
var tokenizer = HuggingFaceTokenizer.Load(folder);
// Not by the JSON reader, to which half a surrogate pair is no text.
var texts = File.ReadLines(textsFile).Select(line => Regex.Unescape(line[1..^1])).ToArray();
var answers = File.ReadLines(idsFile).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
if (texts.Length != answers.Length)
{
    Console.Error.WriteLine($"{texts.Length} texts and {answers.Length} answers");
    return 1;
}

var tokens = new TokenBuffer();
var rules = new SortedDictionary<string, (int Texts, int Equal)>(StringComparer.Ordinal);
var mismatches = new List<string>();
var (plain, plainEqual, newer, newerEqual, count) = (0, 0, 0, 0, 0L);
for (var i = 0; i < texts.Length; i++)
{
    tokens.Clear();
    tokenizer.Encode(texts[i], int.MaxValue, tokens);
    count += tokens.Length;
    var expected = answers[i].GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ToArray();
    var isEqual = tokens.From(0).SequenceEqual(expected);
    if (HasNewerCharacter(texts[i]))
    {
        newer++;
        newerEqual += isEqual ? 1 : 0;
        continue;
    }

    if (answers[i].TryGetProperty("rules", out var named))
    {
        var name = string.Join(" + ", named.EnumerateArray().Select(rule => rule.GetString()));
        var sums = rules.GetValueOrDefault(name);
        rules[name] = (sums.Texts + 1, sums.Equal + (isEqual ? 1 : 0));
    }
    else
    {
        plain++;
        plainEqual += isEqual ? 1 : 0;
    }

    if (!isEqual)
    {
        mismatches.Add(JsonSerializer.Serialize(new { line = i + 1, ours = tokens.From(0).ToArray(), reference = expected }));
    }
}

File.WriteAllLines(mismatchFile, mismatches);
Console.WriteLine($"{Percent(plainEqual, plain)} of {plain} texts have the ids of transformers.js ({count} tokens, {Speed()} tokens a second of processor time)");
foreach (var (name, (number, equal)) in rules)
{
    Console.WriteLine($"  exception {name}: {number} texts, {Percent(equal, number)} have the ids of the reference's rule");
}

if (newer > 0)
{
    Console.WriteLine($"  left out newer-unicode: {newer} texts hold characters that are newer than Unicode data of this system; {newerEqual} of them are equal");
}

if (mismatches.Count > 0)
{
    Console.WriteLine($"  {mismatches.Count} texts differ: see {mismatchFile}");
}

return mismatches.Count == 0 ? 0 : 1;

// Node's Unicode data may be newer than .NET's, and than that of the ICU library which normalizes for .NET: what a
// character is that one of them does not know cannot be compared. Noncharacters stay unassigned for ever, and are compared.
static bool HasNewerCharacter(string text) => text.EnumerateRunes().Any(rune => IsUnassigned(rune) || HasNewCompositions(rune.Value));

static bool IsUnassigned(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.OtherNotAssigned
    && (rune.Value & 0xFFFE) != 0xFFFE && rune.Value is not (>= 0xFDD0 and <= 0xFDEF);

// The scripts of Unicode 16 that have composed letters: Todhri, Tulu-Tigalari, Gurung Khema, Kirat Rai.
static bool HasNewCompositions(int codePoint) => codePoint
    is (>= 0x105C0 and <= 0x105FF) or (>= 0x11380 and <= 0x113FF) or (>= 0x16100 and <= 0x1613F) or (>= 0x16D40 and <= 0x16D7F);

static string Percent(int part, int whole) => whole == 0 ? "none" : part == whole ? "100 %" : $"{Math.Min(99.99, 100.0 * part / whole):F2} %";

// By processor time, so that a busy machine does not count.
string Speed()
{
    using var process = Process.GetCurrentProcess();
    var best = TimeSpan.MaxValue;
    for (var round = 0; round < 5; round++)
    {
        process.Refresh();
        var before = process.TotalProcessorTime;
        foreach (var text in texts)
        {
            tokens.Clear();
            tokenizer.Encode(text, int.MaxValue, tokens);
        }

        process.Refresh();
        var spent = process.TotalProcessorTime - before;
        best = spent < best ? spent : best;
    }

    return $"{count / best.TotalSeconds:N0}";
}
