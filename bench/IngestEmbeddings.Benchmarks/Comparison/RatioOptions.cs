namespace IngestEmbeddings.Benchmarks.Comparison;

/// <summary>How much of the table of ratios is measured, and how long.</summary>
internal sealed record RatioOptions
{
    /// <summary>Without the peer and in a few seconds: shows that it works and measures nothing.</summary>
    public static readonly RatioOptions Short = new()
    {
        Peer = null,
        Rounds = 1,
        WholeTexts = 400,
        Texts = 200,
        ShapeTime = TimeSpan.FromMilliseconds(50),
        LoopTime = TimeSpan.FromMilliseconds(200),
        Vocabulary = 1000,
    };

    /// <summary>The script of the peer, for Node; null to leave it out.</summary>
    public required string? Peer { get; init; }

    /// <summary>How often everything is measured. Default 5.</summary>
    public int Rounds { get; init; } = 5;

    /// <summary>
    /// Texts of the whole run. Default 12,000: at its end one worker waits for the other, for half a window on average.
    /// </summary>
    public int WholeTexts { get; init; } = 12_000;

    /// <summary>Texts of one measurement of the encoder alone, spread evenly over those of the whole run. Default 6000.</summary>
    public int Texts { get; init; } = 6000;

    /// <summary>Texts of the peer, whose rate does not depend on how many it gets, and which is slow. Default 1500.</summary>
    public int PeerTexts { get; init; } = 1500;

    /// <summary>The token ids that the bare loop draws from; the model has at least so many. Default 20,000.</summary>
    public int Vocabulary { get; init; } = 20_000;

    /// <summary>How long the bare loop tries each shape of a batch. Default a second.</summary>
    public TimeSpan ShapeTime { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the bare loop is measured. Default four seconds.</summary>
    public TimeSpan LoopTime { get; init; } = TimeSpan.FromSeconds(4);
}
