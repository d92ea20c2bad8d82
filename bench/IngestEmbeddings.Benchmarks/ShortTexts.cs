namespace IngestEmbeddings.Benchmarks;

/// <summary>Sentences of the lengths that corpora of sentences have, by script.</summary>
internal static class ShortTexts
{
    /// <summary>A thousand texts, made by turning the words of a few sentences around, so that no branch is learnt by heart.</summary>
    /// <param name="script"><c>english</c>, <c>hawaiian</c>, <c>decomposed</c> (the same in NFD) or <c>mixed</c>.</param>
    public static string[] Of(string script)
    {
        var random = new Random(1);
        var sentences = Sentences(script);
        return [.. Enumerable.Range(0, 1000).Select(i =>
        {
            var words = sentences[i % sentences.Length].Split(' ');
            random.Shuffle(words);
            var text = string.Join(' ', words);
            return script == "decomposed" ? text.Normalize(System.Text.NormalizationForm.FormD) : text;
        })];
    }

    private static string[] Sentences(string script) => script switch
    {
        "english" =>
        [
            "the act of covering something with a thin layer of another material",
            "a small town in the north of Italy that Mary and John visited in spring",
            "having or showing great care and attention", "not able to be seen by the eye alone",
        ],
        "hawaiian" or "decomposed" =>
        [
            "Ua hele mai nei ka wahine i ke kai e nānā i nā nalu nui", "He aliʻi nui ʻo Kamehameha no ka mokupuni ʻo Hawaiʻi",
            "E mālama pono i ka ʻāina a me ke kai", "Aloha kākou i kēia lā nani loa",
        ],
        "mixed" =>
        [
            "“Москва” не сразу строилась — сказал он Ивану", "Η Αθήνα είναι η πρωτεύουσα της Ελλάδας",
            "नमस्ते दुनिया यह एक छोटा वाक्य है", "東京 は 日本 の 首都 です 😀",
        ],
        _ => throw new ArgumentOutOfRangeException(nameof(script), script, "Not a known script."),
    };
}
