using IngestEmbeddings.Benchmarks.Models;
using IngestEmbeddings.Onnx.Graphs;
using IngestEmbeddings.Onnx.Kernels;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;

namespace IngestEmbeddings.Tests.Onnx.Kernels;

/// <summary>A graph of one operator of this project, in a session of its own.</summary>
internal sealed class OperatorSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly int _inputs;

    public OperatorSession(string operation, int inputs, int threads = 1)
    {
        _inputs = inputs;
        var node = new NodeProto { OpType = operation, Domain = KernelLibrary.Domain, Name = "one", Output = { "result" } };
        var model = new ModelProto
        {
            IrVersion = 8,
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 17 }, new OperatorSetIdProto { Domain = KernelLibrary.Domain, Version = 1 } },
            Graph = new GraphProto { Name = "one", Node = { node }, Output = { Value("result") } },
        };
        for (var i = 0; i < inputs; i++)
        {
            node.Input.Add($"input{i}");
            model.Graph.Input.Add(Value($"input{i}"));
        }

        using var options = new SessionOptions { IntraOpNumThreads = threads, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        KernelLibrary.Register(options);
        _session = new InferenceSession(model.ToByteArray(), options);
    }

    public float[] Run(params (float[] Values, long[] Shape)[] inputs)
    {
        var values = inputs.Select(static input => OrtValue.CreateTensorValueFromMemory(input.Values, input.Shape)).ToArray();
        try
        {
            using var options = new RunOptions();
            using var outputs = _session.Run(options, [.. Enumerable.Range(0, _inputs).Select(static i => $"input{i}")], values, ["result"]);
            return outputs[0].GetTensorDataAsSpan<float>().ToArray();
        }
        finally
        {
            foreach (var value in values)
            {
                value.Dispose();
            }
        }
    }

    public void Dispose() => _session.Dispose();

    private static ValueInfoProto Value(string name) => new()
    {
        Name = name,
        Type = new TypeProto { TensorType = new TypeProto.Types.TensorTypeProto { ElemType = OnnxTypes.Float } },
    };
}
