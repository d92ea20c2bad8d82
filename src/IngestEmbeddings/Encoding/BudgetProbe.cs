using IngestEmbeddings.Batching;
using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Encoding;

/// <summary>Finds, by running the model, how many tokens to put into one call.</summary>
public static class BudgetProbe
{
    /// <summary>The tokens of a text in the trial: about an English sentence.</summary>
    private const int TrialLength = 32;

    /// <summary>How much more throughput a larger budget has to bring: it costs memory, and noise looks like gain.</summary>
    private const double WorthIt = 1.03;

    /// <summary>Calls of one size, of which the fastest counts: what else the machine does only ever slows one down.</summary>
    private const int MaxRuns = 3;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <summary>After this much time for one size it is not tried again.</summary>
    private static readonly TimeSpan EnoughForOne = TimeSpan.FromMilliseconds(150);

    /// <summary>
    /// Tries growing budgets until one brings no gain, the model fails, or a second has passed. A slow model so keeps a
    /// small budget, which costs it little: the overhead that large calls save is small compared with its work.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer, for ids that the model knows.</param>
    /// <param name="maxTokens">The maximum tokens of a text; null for no limit.</param>
    /// <param name="range">The budgets to try.</param>
    /// <param name="time">The clock.</param>
    /// <returns>The smallest budget when the model fails even that: its encoder halves from there.</returns>
    public static BatchBudget Measure(IModel model, ITokenizer tokenizer, int? maxTokens, BudgetRange range, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(range);
        ArgumentNullException.ThrowIfNull(time);
        var start = time.GetTimestamp();
        var sequenceLength = Math.Min(TrialLength, maxTokens ?? TrialLength);
        var trial = new Trial(model, tokenizer, sequenceLength);

        var best = range.Tokens[0];
        var bestRate = 0.0;
        var smallest = TimeSpan.Zero;

        // The first call pays for what the runtime puts off, so it is not timed.
        var works = trial.TryRun(best / sequenceLength);
        foreach (var budget in range.Tokens)
        {
            var before = time.GetTimestamp();
            var fastest = TimeSpan.MaxValue;
            works = works && trial.TryTime(budget / sequenceLength, time, out fastest);
            if (!works)
            {
                break;
            }

            var rate = budget / Math.Max(1e-9, fastest.TotalSeconds);
            if (rate < bestRate * WorthIt)
            {
                break;
            }

            smallest = bestRate == 0 ? fastest : smallest;
            (best, bestRate) = (budget, rate);

            // The next candidate takes twice as long as this one did.
            if (time.GetElapsedTime(start) + (2 * time.GetElapsedTime(before)) > Limit)
            {
                break;
            }
        }

        // What the smallest call would have done at the best rate, and did not.
        var idle = (int)Math.Min(range.Tokens[^1], smallest.TotalSeconds * bestRate) - range.Tokens[0];
        return new BatchBudget(best, range.Rows, range.CallCost ?? Math.Max(BatchBudget.DefaultCallCost, idle));
    }

    private sealed class Trial(IModel model, ITokenizer tokenizer, int sequenceLength)
    {
        private readonly TokenBuffer _tokens = Fill(tokenizer, sequenceLength);
        private readonly TokenBatch _batch = new();

        public bool TryRun(int rows)
        {
            _batch.Fill(_tokens, new int[rows], tokenizer.PadId);
            try
            {
                model.Run(_batch, new float[rows * model.Dimension]);
                return true;
            }
            catch (ModelCallException)
            {
                return false;
            }
        }

        /// <summary>Runs a call up to three times.</summary>
        public bool TryTime(int rows, TimeProvider time, out TimeSpan fastest)
        {
            fastest = TimeSpan.MaxValue;
            var first = time.GetTimestamp();
            for (var run = 0; run < MaxRuns && time.GetElapsedTime(first) < EnoughForOne; run++)
            {
                var start = time.GetTimestamp();
                if (!TryRun(rows))
                {
                    return false;
                }

                var elapsed = time.GetElapsedTime(start);
                fastest = elapsed < fastest ? elapsed : fastest;
            }

            return true;
        }

        private static TokenBuffer Fill(ITokenizer tokenizer, int sequenceLength)
        {
            var tokens = new TokenBuffer();
            tokenizer.Encode(string.Join(' ', Enumerable.Repeat("a", sequenceLength)), sequenceLength, tokens);
            tokens.EndText();
            return tokens;
        }
    }
}
