using Microsoft.ML.OnnxRuntime;

namespace IngestEmbeddings.Onnx.Runtime;

/// <summary>
/// Ends calls that take longer than any real model: a graph may hold a loop whose end a text decides. ONNX Runtime looks
/// between operators, those inside loops included, whether it is to end.
/// </summary>
/// <param name="Base">What every call may take.</param>
/// <param name="PerToken">What it may take for each token besides.</param>
internal sealed record CallLimit(TimeSpan Base, TimeSpan PerToken)
{
    /// <summary>
    /// Half a minute, and a fifth of a second a token: several times what a model of 600 million parameters takes in fp32 on one
    /// slow core.
    /// </summary>
    public static CallLimit Default { get; } = new(TimeSpan.FromSeconds(30), TimeSpan.FromMilliseconds(200));

    /// <summary>Makes a call.</summary>
    /// <param name="tokens">The tokens of the call, padding counted.</param>
    /// <param name="call">Makes it with these options.</param>
    /// <exception cref="TimeoutException">It took too long and was ended.</exception>
    public void Run(int tokens, Action<RunOptions> call)
    {
        var limit = Base + (tokens * PerToken);
        // ONNX Runtime's own log would say again what the exception says.
        using var options = new RunOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        using var stop = new CancellationTokenSource(limit, TimeProvider.System);

        // Disposed before the options: that waits for an ending under way.
        using var ending = stop.Token.Register(() => options.Terminate = true);
        try
        {
            call(options);
        }
        catch (OnnxRuntimeException exception) when (stop.IsCancellationRequested)
        {
            throw new TimeoutException(FormattableString.Invariant($"the model gave no result within {limit.TotalSeconds:0.#} s"), exception);
        }
    }
}
