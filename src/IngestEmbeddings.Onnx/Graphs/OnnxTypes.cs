namespace IngestEmbeddings.Onnx.Graphs;

/// <summary>Numbers of the ONNX format that this project uses (TensorProto.DataType and AttributeProto.AttributeType).</summary>
internal static class OnnxTypes
{
    public const int Float = 1;
    public const int UInt8 = 2;
    public const int Int8 = 3;
    public const int Int32 = 6;
    public const int Int64 = 7;
    public const int Float16 = 10;
    public const int BFloat16 = 16;

    public const int AttributeFloat = 1;
    public const int AttributeInt = 2;
    public const int AttributeInts = 7;

    /// <summary>TensorProto.DataLocation: the data lies in another file.</summary>
    public const int External = 1;
}
