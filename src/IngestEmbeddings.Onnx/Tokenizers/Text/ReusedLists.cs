namespace IngestEmbeddings.Onnx.Tokenizers.Text;

/// <summary>Lists that a thread keeps from text to text.</summary>
internal static class ReusedLists
{
    private const int MaxKept = 64 * 1024;

    /// <summary>Empties a list, and releases what an unusually long text has left.</summary>
    public static void Shrink<T>(this List<T> list)
    {
        list.Clear();
        if (list.Capacity > MaxKept)
        {
            list.Capacity = 0;
        }
    }
}
