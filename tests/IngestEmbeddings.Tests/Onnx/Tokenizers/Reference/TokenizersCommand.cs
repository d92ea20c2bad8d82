namespace IngestEmbeddings.Tests.Onnx.Tokenizers.Reference;

/// <summary>What the scripts about tokenizers in <c>eng</c> call.</summary>
internal static class TokenizersCommand
{
    public static int Run(string[] arguments) => arguments switch
    {
        ["tables", .. var rest] => UnicodeTablesCommand.Run(rest),
        ["compare", var folder, var texts, var mismatches] => CompareCommand.Run(folder, texts, mismatches),
        ["ids", var folder, var texts, var ids] => CompareCommand.WriteIds(folder, texts, ids),
        ["vocabulary", var folder] => SentenceTransformersPackage.WriteFolder(folder),
        ["fuzz", var cases, var seed] => TokenizerFuzzing.Run(
            int.Parse(cases, System.Globalization.CultureInfo.InvariantCulture), int.Parse(seed, System.Globalization.CultureInfo.InvariantCulture)),
        _ => throw new ArgumentException("tables [FILE] | compare FOLDER TEXTS MISMATCHES | ids FOLDER TEXTS IDS | vocabulary FOLDER | fuzz CASES SEED"),
    };
}
