namespace IngestEmbeddings.Stores;

/// <summary>What a run does with rows whose text is another than the one that their vector was made of.</summary>
public enum ChangedTexts
{
    /// <summary>They are done again, like rows without a vector.</summary>
    Included,

    /// <summary>They keep their vectors; texts are not compared.</summary>
    Ignored,

    /// <summary>They alone are done; rows without a vector are left.</summary>
    Only,
}
