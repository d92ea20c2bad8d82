namespace IngestEmbeddings.Onnx.Kernels;

/// <summary>
/// What operators check of the tensors that they get, at each call: a graph is foreign data, and shapes may change with what
/// goes in.
/// </summary>
internal static class KernelShape
{
    /// <summary>The rows of a tensor, and how many values each has.</summary>
    /// <exception cref="InvalidOperationException">It has no dimension, empty rows, or more than an operator counts to.</exception>
    public static (int Rows, int Width) Rows(this long[] shape)
    {
        Require(shape is [.., > 0 and <= int.MaxValue], "An operator takes tensors of at least one dimension, with rows that are not empty.");
        var rows = shape[..^1].Aggregate(1L, static (a, b) => checked(a * b));
        Require(rows <= int.MaxValue, "An operator takes at most 2³¹ − 1 rows.");
        return ((int)rows, (int)shape[^1]);
    }

    /// <summary>Fails unless a condition holds; ONNX Runtime then ends the call with this message.</summary>
    public static void Require(bool holds, string message)
    {
        if (!holds)
        {
            throw new InvalidOperationException(message);
        }
    }
}
