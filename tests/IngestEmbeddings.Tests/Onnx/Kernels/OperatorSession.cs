using Google.Protobuf;
using IngestEmbeddings.Onnx.Graphs;
using IngestEmbeddings.Onnx.Kernels;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace IngestEmbeddings.Tests.Onnx.Kernels;

/// <summary>A graph of one operator of this project, in a session of its own.</summary>
internal sealed class OperatorSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly string[] _inputs;
    private readonly string[] _outputs;

    /// <summary>Creates the session.</summary>
    /// <param name="operation">The operator.</param>
    /// <param name="inputs">What it takes, as types of ONNX.</param>
    /// <param name="outputs">What it gives, as types of ONNX.</param>
    /// <param name="threads">Threads of the session.</param>
    public OperatorSession(string operation, int[] inputs, int[] outputs, int threads = 1)
    {
        _inputs = [.. Enumerable.Range(0, inputs.Length).Select(static i => $"input{i}")];
        _outputs = [.. Enumerable.Range(0, outputs.Length).Select(static i => $"output{i}")];
        var node = new NodeProto { OpType = operation, Domain = KernelLibrary.Domain, Name = "one", Input = { _inputs }, Output = { _outputs } };
        var model = new ModelProto
        {
            IrVersion = 8,
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 17 }, new OperatorSetIdProto { Domain = KernelLibrary.Domain, Version = 1 } },
            Graph = new GraphProto { Name = "one", Node = { node } },
        };
        model.Graph.Input.AddRange(_inputs.Zip(inputs, Value));
        model.Graph.Output.AddRange(_outputs.Zip(outputs, Value));

        using var options = new SessionOptions { IntraOpNumThreads = threads, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        KernelLibrary.Register(options);
        _session = new InferenceSession(model.ToByteArray(), options);
    }

    /// <summary>Creates the session of an operator that takes floats alone.</summary>
    public OperatorSession(string operation, int inputs, int[] outputs, int threads = 1)
        : this(operation, [.. Enumerable.Repeat(OnnxTypes.Float, inputs)], outputs, threads)
    {
    }

    /// <summary>Runs the operator; bytes come back as floats too.</summary>
    public float[][] Run(params (float[] Values, long[] Shape)[] inputs) =>
        Run([.. inputs.Select(static input => OrtValue.CreateTensorValueFromMemory(input.Values, input.Shape))]);

    /// <summary>Runs the operator on tensors of any types, which are disposed; bytes come back as floats too.</summary>
    public float[][] Run(OrtValue[] inputs)
    {
        try
        {
            using var options = new RunOptions();
            using var outputs = _session.Run(options, _inputs, inputs, _outputs);
            return [.. outputs.Select(static output => output.GetTensorTypeAndShape().ElementDataType == TensorElementType.Float
                ? output.GetTensorDataAsSpan<float>().ToArray()
                : Array.ConvertAll(output.GetTensorDataAsSpan<byte>().ToArray(), static level => (float)level))];
        }
        finally
        {
            foreach (var value in inputs)
            {
                value.Dispose();
            }
        }
    }

    /// <summary>A tensor of any type.</summary>
    public static OrtValue Tensor<T>(T[] values, params long[] shape)
        where T : unmanaged => OrtValue.CreateTensorValueFromMemory(values, shape);

    public void Dispose() => _session.Dispose();

    private static ValueInfoProto Value(string name, int type) => new()
    {
        Name = name,
        Type = new TypeProto { TensorType = new TypeProto.Types.TensorTypeProto { ElemType = type } },
    };
}
