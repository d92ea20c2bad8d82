namespace IngestEmbeddings.Onnx.Graphs;

/// <summary>
/// Checks the sizes that a graph declares before anything is allocated: a file of a few bytes may claim any number.
/// </summary>
internal static class DeclaredSizes
{
    /// <summary>Components of a vector; the largest models have a few thousand.</summary>
    public const int MaxDimension = 65_536;

    /// <summary>Checks a graph's weights and outputs.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="path">Where it is, for messages.</param>
    /// <param name="size">The bytes of the graph and its data files.</param>
    /// <exception cref="IngestException">A tensor is larger than the files, or an output wider than a vector can be.</exception>
    public static void Check(GraphOutline graph, string path, long size)
    {
        foreach (var tensor in graph.Initializer)
        {
            if (BytesOf(tensor) is not { } bytes || bytes > size)
            {
                throw new IngestException(
                    IngestError.Configuration,
                    $"{path} declares the weights '{tensor.Name}' of {string.Join(" × ", tensor.Dims)} numbers, and all its files have {size} bytes. Copy the model again.");
            }
        }

        foreach (var output in graph.Output)
        {
            if (output.Type?.TensorType?.Shape?.Dim is [.., { ValueCase: TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue, DimValue: var width }]
                && width is < 0 or > MaxDimension)
            {
                throw TooWide(path, output.Name, width);
            }
        }
    }

    /// <summary>The error of an output that is too wide.</summary>
    public static IngestException TooWide(string path, string output, long width) => new(
        IngestError.Configuration, $"{path} gives {output} with {width} components; a vector has at most {MaxDimension}.");

    /// <summary>The least bytes that a tensor takes in a file; null when its shape is none.</summary>
    private static long? BytesOf(TensorOutline tensor)
    {
        // Integers may be written as varints, of which small ones take a byte.
        var bytes = tensor.DataType == OnnxTypes.Float ? sizeof(float) : 1L;
        foreach (var size in tensor.Dims)
        {
            if (size < 0 || (size > 0 && bytes > long.MaxValue / size))
            {
                return null;
            }

            bytes *= size;
        }

        return bytes;
    }
}
