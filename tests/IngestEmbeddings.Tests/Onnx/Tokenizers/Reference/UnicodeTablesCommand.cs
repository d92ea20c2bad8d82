using System.Text;
using IngestEmbeddings.Onnx.Tokenizers.Unicode;
using IngestEmbeddings.Tests.Support;

namespace IngestEmbeddings.Tests.Onnx.Tokenizers.Reference;

/// <summary>
/// Writes the Unicode tables of the tokenizers (<c>eng/update-unicode-tables</c>): asks the library for each code point what its
/// own tables say, which are of several versions of Unicode.
/// </summary>
internal static class UnicodeTablesCommand
{
    private const string Bert = """{"type":"BertNormalizer","clean_text":CLEAN,"handle_chinese_chars":false,"strip_accents":STRIP,"lowercase":false}""";

    private const string Joining = "\u0600";

    // A rule for a letter, for a sign that counts as a picture, and for one that is joined to what follows it.
    private static readonly string Clusters = CharsMapBuilder.Normalizer(("a", "b"), ("™", "X"), (Joining, "Y"));

    /// <param name="arguments">The file to write; without one, the project's own is compared.</param>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        var text = Create();
        var own = Repository.PathOf("src", "IngestEmbeddings.Onnx", "Tokenizers", "Unicode", "UnicodeTables.txt");
        if (arguments is [var path])
        {
            File.WriteAllText(path, text);
            Console.WriteLine($"{path}: {text.Length:N0} bytes");
            return 0;
        }

        var isSame = File.Exists(own) && File.ReadAllText(own) == text;
        Console.WriteLine(isSame ? "The Unicode tables are those of the library." : $"{own} differs from the library: run eng/update-unicode-tables.");
        return isSame ? 0 : 1;
    }

    private static string Create()
    {
        var text = new StringBuilder();
        AddSet(nameof(CharacterClasses.Punctuation), null, """{"type":"BertPreTokenizer"}""", (parts, character) => parts.Pieces($"a{character}b").Length == 3);
        AddSet(nameof(CharacterClasses.Control), Bert.Replace("CLEAN", "true").Replace("STRIP", "false"), null, (parts, character) => parts.Normalized($"a{character}b") == "ab");
        AddSet(nameof(CharacterClasses.NonspacingMark), Bert.Replace("CLEAN", "false").Replace("STRIP", "true"), null, (parts, character) => parts.Normalized($"a{character}b") == "ab");
        AddSet(nameof(CharacterClasses.CombiningMark), """{"type":"StripAccents"}""", null, (parts, character) => parts.Normalized($"a{character}b") == "ab");
        AddSet(nameof(CharacterClasses.WhiteSpace), null, """{"type":"WhitespaceSplit"}""", (parts, character) => parts.Pieces($"a{character}b").Length != 1);
        AddSet(nameof(CharacterClasses.Numeric), null, """{"type":"Digits","individual_digits":true}""", (parts, character) => parts.Pieces($"a{character}b").Length == 3);
        AddSet(nameof(CharacterClasses.Word), null, """{"type":"Whitespace"}""", (parts, character) => parts.Pieces($"a{character}b").Length == 1);
        AddSet(nameof(CharacterClasses.Letter), null, Pattern(@"\\p{L}"), (parts, character) => parts.Pieces(character).Length == 1);
        AddSet(nameof(CharacterClasses.Number), null, Pattern(@"\\p{N}"), (parts, character) => parts.Pieces(character).Length == 1);
        AddSet(nameof(CharacterClasses.Breaks), Clusters, null, (parts, character) => character.Length == 1 && parts.Normalized(Joining + character) == "Y" + character);
        AddSet(nameof(CharacterClasses.Extends), Clusters, null, (parts, character) => Extends(parts, character) && JoinsPictures(parts, character));
        AddSet(nameof(CharacterClasses.SpacingMark), Clusters, null, (parts, character) => Extends(parts, character) && !JoinsPictures(parts, character));
        AddSet(nameof(CharacterClasses.Prepends), Clusters, null, (parts, character) =>
            character == Joining || parts.Normalized($"{character}a\u0301").EndsWith("b\u0301", StringComparison.Ordinal));
        AddSet(nameof(CharacterClasses.Picture), Clusters, null, (parts, character) => parts.Normalized($"{character}\u200D™\u0301").EndsWith('\u0301'));
        AddMap("Lower", """{"type":"Lowercase"}""", default);
        var canonical = AddMap("Canonical", """{"type":"NFD"}""", default);
        AddMap("Compatible", """{"type":"NFKD"}""", canonical);
        AddExcluded(text, canonical);
        CombiningOrder.Add(text, canonical);
        Scripts.Add(text);
        return text.ToString();

        void AddSet(string name, string? normalizer, string? preTokenizer, Func<ReferenceParts, string, bool> has)
        {
            using var parts = new ReferenceParts(normalizer, preTokenizer);
            CodePointRanges.Add(text, name, CodePointRanges.All().Where(code => has(parts, char.ConvertFromUtf32(code))));
        }

        Dictionary<int, string> AddMap(string name, string normalizer, Dictionary<int, string>? known)
        {
            using var parts = new ReferenceParts(normalizer);
            var map = new Dictionary<int, string>();
            foreach (var code in CodePointRanges.All().Where(code => code is not (>= 0xAC00 and <= 0xD7A3)))
            {
                var from = char.ConvertFromUtf32(code);
                if (parts.Normalized(from) is var to && to != from && known?.GetValueOrDefault(code) != to)
                {
                    map[code] = to;
                }
            }

            CodePointRanges.AddMap(text, name, map);
            return map;
        }
    }

    private static string Pattern(string expression) =>
        $$$"""{"type":"Split","pattern":{"Regex":"{{{expression}}}"},"behavior":"Removed","invert":true}""";

    // A cluster of less than six bytes is replaced by the rule of its beginning, so that what extends it disappears.
    private static bool Extends(ReferenceParts parts, string character) => parts.Normalized("a" + character) == "b";

    // Where the pictures are one cluster, it is too long for a rule as a whole, and the accent stays.
    private static bool JoinsPictures(ReferenceParts parts, string character) => parts.Normalized($"™{character}\u200D™\u0301").EndsWith('\u0301');

    // What decomposes and is not composed again.
    private static void AddExcluded(StringBuilder text, Dictionary<int, string> canonical)
    {
        using var parts = new ReferenceParts("""{"type":"NFC"}""");
        CodePointRanges.Add(text, "Excluded", canonical.Keys.Order().Where(code => parts.Normalized(char.ConvertFromUtf32(code)) != char.ConvertFromUtf32(code)));
    }

    /// <summary>The canonical combining classes, as ranks from 1 up: only their order decides.</summary>
    private static class CombiningOrder
    {
        private const string Highest = "\u0345";
        private const string Lowest = "\u0334";

        public static void Add(StringBuilder text, Dictionary<int, string> canonical)
        {
            using var parts = new ReferenceParts("""{"type":"NFD"}""");
            var marks = CodePointRanges.All().Where(code => !canonical.ContainsKey(code)).Where(code => IsMark(char.ConvertFromUtf32(code))).ToArray();
            var sorted = marks.Order(Comparer<int>.Create(Compare)).ToArray();
            var ranks = new Dictionary<int, int> { [sorted[0]] = 1 };
            for (var i = 1; i < sorted.Length; i++)
            {
                ranks[sorted[i]] = ranks[sorted[i - 1]] + (Compare(sorted[i - 1], sorted[i]) < 0 ? 1 : 0);
            }

            CodePointRanges.AddValues(text, "Order", ranks);

            bool IsMark(string mark) => parts.Normalized($"a{Highest}{mark}") == $"a{mark}{Highest}" || parts.Normalized($"a{mark}{Lowest}") == $"a{Lowest}{mark}";

            int Compare(int left, int right) => GoesBefore(left, right) ? -1 : GoesBefore(right, left) ? 1 : 0;

            bool GoesBefore(int left, int right)
            {
                var (first, second) = (char.ConvertFromUtf32(left), char.ConvertFromUtf32(right));
                return parts.Normalized($"a{second}{first}") == $"a{first}{second}" && first != second;
            }
        }
    }

    /// <summary>The scripts of the pre-tokenizer UnicodeScripts, numbered as they are met; 0 goes with every script.</summary>
    private static class Scripts
    {
        public static void Add(StringBuilder text)
        {
            using var parts = new ReferenceParts(null, """{"type":"UnicodeScripts"}""");
            var members = new List<string>();
            var scripts = new Dictionary<int, int>();
            foreach (var code in CodePointRanges.All())
            {
                var character = char.ConvertFromUtf32(code);
                // What goes with every script is lost at the beginning of a text.
                if (parts.Pieces(character).Length == 0)
                {
                    continue;
                }

                var before = scripts.GetValueOrDefault(code - 1);
                var script = before > 0 && IsSame(members[before - 1], character)
                    ? before
                    : members.FindIndex(member => IsSame(member, character)) + 1;
                if (script == 0)
                {
                    members.Add(character);
                    script = members.Count;
                }

                scripts[code] = script;
            }

            CodePointRanges.AddValues(text, "Script", scripts);

            bool IsSame(string left, string right) => parts.Pieces(left + right).Length == 1;
        }
    }
}
