namespace IngestEmbeddings.Onnx.Tokenizers.Unicode;

/// <summary>The questions that tokenizers ask about a code point.</summary>
internal static class Characters
{
    public static bool IsPunctuation(int codePoint) => Is(codePoint, CharacterClasses.Punctuation);

    public static bool IsControl(int codePoint) => Is(codePoint, CharacterClasses.Control);

    public static bool IsNonspacingMark(int codePoint) => Is(codePoint, CharacterClasses.NonspacingMark);

    public static bool IsCombiningMark(int codePoint) => Is(codePoint, CharacterClasses.CombiningMark);

    public static bool IsWhiteSpace(int codePoint) => Is(codePoint, CharacterClasses.WhiteSpace);

    public static bool IsNumeric(int codePoint) => Is(codePoint, CharacterClasses.Numeric);

    public static bool IsWord(int codePoint) => Is(codePoint, CharacterClasses.Word);

    public static bool IsLetter(int codePoint) => Is(codePoint, CharacterClasses.Letter);

    public static bool IsNumber(int codePoint) => Is(codePoint, CharacterClasses.Number);

    private static bool Is(int codePoint, CharacterClasses classes) => (UnicodeTables.Classes(codePoint) & classes) != CharacterClasses.None;
}
