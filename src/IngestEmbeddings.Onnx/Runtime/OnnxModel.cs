using System.Collections.Concurrent;
using IngestEmbeddings.Batching;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Onnx.Folders;
using IngestEmbeddings.Onnx.Graphs;
using IngestEmbeddings.Tokenizing;
using Microsoft.ML.OnnxRuntime;

namespace IngestEmbeddings.Onnx.Runtime;

/// <summary>A graph in ONNX Runtime: one session that all workers call.</summary>
internal sealed class OnnxModel : IModel
{
    private readonly InferenceSession _session;
    private readonly GraphInput[] _inputs;
    private readonly GraphOutput _output;
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;
    private readonly Pooling _pooling;
    private readonly int _hidden;
    private readonly CallLimit _limit;
    private readonly ConcurrentBag<CallBuffers> _buffers = [];

    /// <summary>Loads a graph and runs it once.</summary>
    /// <param name="graphPath">The graph, already checked.</param>
    /// <param name="folder">How to pool and normalise.</param>
    /// <param name="threads">Threads inside one call, at least 1.</param>
    /// <param name="dimensions">The components to keep; null for all. Fewer are scaled to length 1 again.</param>
    /// <param name="configure">Changes the settings of the session; null to leave them.</param>
    /// <param name="limit">How long a call may take; null for <see cref="CallLimit.Default"/>.</param>
    /// <exception cref="IngestException">The graph cannot be loaded, or is not a text-embedding graph.</exception>
    public OnnxModel(
        string graphPath, ModelFolder folder, int threads, int? dimensions, Action<SessionOptions>? configure = null, CallLimit? limit = null)
    {
        _limit = limit ?? CallLimit.Default;
        try
        {
            using var options = Options(threads);
            configure?.Invoke(options);
            _session = new InferenceSession(graphPath, options);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new IngestException(
                IngestError.Configuration, $"{graphPath} cannot be loaded: {exception.Message}", exception);
        }

        try
        {
            _inputs = GraphInput.Of(_session, graphPath);
            _output = GraphOutput.Of(_session, graphPath, folder.NeedsReadyEmbedding);
            if (_output.IsPooled && folder is { PadsLeft: true, Pooling: Pooling.LastToken })
            {
                throw new IngestException(
                    IngestError.Configuration,
                    $"{graphPath} takes the last token itself, and padding_side is left: texts are padded on the right here. Export a graph with last_hidden_state.");
            }

            _inputNames = [.. _inputs.Select(static input => input.Name)];
            _outputNames = [_output.Name];
            _hidden = MeasureHidden(graphPath);
            Dimension = dimensions ?? _hidden;
            if (Dimension < 1 || Dimension > _hidden)
            {
                throw new IngestException(
                    IngestError.Usage, $"--dimensions {Dimension} does not fit: the model makes {_hidden} components.");
            }

            _pooling = folder.Pooling;
            Normalizes = folder.Normalized || Dimension < _hidden;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <summary>True when every vector is scaled to length 1.</summary>
    public bool Normalizes { get; }

    /// <summary>True when the graph runs with operators of this project. Default false.</summary>
    public bool IsFused { get; init; }

    /// <summary>
    /// How the graph is computed where that is not what its precision says, so that vectors of both do not mix; else null.
    /// Default null.
    /// </summary>
    public string? Arithmetic { get; init; }

    /// <inheritdoc/>
    public void Run(TokenBatch batch, Span<float> vectors)
    {
        if (!_buffers.TryTake(out var buffers))
        {
            buffers = new CallBuffers(_inputs, _output);
        }

        try
        {
            long[] shape = _output.IsPooled ? [batch.Rows, _hidden] : [batch.Rows, batch.SequenceLength, _hidden];
            using var output = buffers.Output(shape);
            Call(batch, buffers, inputs => _limit.Run(batch.Ids.Length, options => _session.Run(options, _inputNames, inputs, _outputNames, [output])));
            Finish(batch, buffers.Result(checked((int)shape.Aggregate(static (a, b) => a * b))), vectors[..(batch.Rows * Dimension)]);
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or TimeoutException)
        {
            throw new ModelCallException(exception.Message, exception);
        }
        finally
        {
            _buffers.Add(buffers);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    /// <summary>
    /// The settings of a session. Memory patterns are off: they keep a plan for each shape ever seen, and the shapes of
    /// batches hardly repeat. The arena stays on and is not shrunk after each call. Measured over 300 calls of changing
    /// shapes from two threads, a 12-layer BERT of 384 in int8: 286 MB so, 330 MB with patterns, 430 MB at the peak without
    /// the arena, 418 MB with shrinking, all at the same speed.
    /// </summary>
    private static SessionOptions Options(int threads)
    {
        var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            EnableMemoryPattern = false,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        return options;
    }

    private void Call(TokenBatch batch, CallBuffers buffers, Action<OrtValue[]> run)
    {
        var inputs = new OrtValue[_inputs.Length];
        try
        {
            for (var i = 0; i < inputs.Length; i++)
            {
                inputs[i] = buffers.Input(i, batch);
            }

            run(inputs);
        }
        finally
        {
            foreach (var input in inputs)
            {
                input?.Dispose();
            }
        }
    }

    private void Finish(TokenBatch batch, ReadOnlySpan<float> result, Span<float> vectors)
    {
        if (!_output.IsPooled)
        {
            TokenPooler.Pool(_pooling, result, batch, _hidden, vectors);
        }
        else
        {
            for (var row = 0; row < batch.Rows; row++)
            {
                result.Slice(row * _hidden, Dimension).CopyTo(vectors[(row * Dimension)..]);
            }
        }

        if (Normalizes)
        {
            TokenPooler.Normalize(vectors, Dimension);
        }
    }

    /// <summary>
    /// Runs one short text; the output's shape says how many components there are, which graphs often do not declare. Of more than one
    /// token, so that a graph that makes a row of each token is refused here and not by the memory that the longest text would take.
    /// </summary>
    private int MeasureHidden(string graphPath)
    {
        const int Length = 3;
        var tokens = new TokenBuffer();
        for (var token = 0; token < Length; token++)
        {
            tokens.Add(0);
        }

        tokens.EndText();
        var batch = new TokenBatch();
        batch.Fill(tokens, [0], padId: 0);
        long[] shape = [];
        try
        {
            Call(batch, new CallBuffers(_inputs, _output), inputs =>
            {
                _limit.Run(batch.Ids.Length, options =>
                {
                    using var outputs = _session.Run(options, _inputNames, inputs, _outputNames);
                    shape = outputs[0].GetTensorTypeAndShape().Shape;
                });
            });
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or TimeoutException)
        {
            throw new IngestException(IngestError.Configuration, $"{graphPath} does not run: {exception.Message}", exception);
        }

        return (_output.IsPooled ? shape is [1, _] : shape is [1, Length, _]) && shape[^1] is var hidden
            ? hidden is > 0 and <= DeclaredSizes.MaxDimension ? (int)hidden : throw DeclaredSizes.TooWide(graphPath, _output.Name, hidden)
            : throw new IngestException(
                IngestError.Configuration, $"{graphPath} gives {_output.Name} of the shape {string.Join(" × ", shape)}. Expected one vector per text.");
    }
}
