namespace IngestEmbeddings.Tests.Faults.Model;

/// <summary>Rows as they were read.</summary>
internal sealed class ModelWindow(int rows)
{
    private readonly (int Key, int Text, int Xmin)[] _rows = new (int, int, int)[rows];
    private int _next;

    public int Count { get; private set; }

    public bool IsPoisoned { get; private set; }

    public (int Key, int Text, int Xmin) Next => _rows[_next];

    public int Last => _rows[Count - 1].Key;

    public void Add(int key, int text, int xmin, bool poison)
    {
        _rows[Count++] = (key, text, xmin);
        IsPoisoned |= poison;
    }

    /// <summary>Goes on to the next batch; true when there is none.</summary>
    public bool Advance() => ++_next == Count;
}
