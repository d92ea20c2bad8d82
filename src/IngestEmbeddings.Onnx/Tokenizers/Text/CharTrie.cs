namespace IngestEmbeddings.Onnx.Tokenizers.Text;

/// <summary>The tokens of a vocabulary as a tree of UTF-16 units: finds all tokens that begin at a place in one walk.</summary>
/// <remarks>The edges lie in one open hash table of (node, unit), half full at most: about 32 bytes a node.</remarks>
internal sealed class CharTrie
{
    /// <summary>The node to begin at.</summary>
    public const int Root = 0;

    private const int NoToken = -1;
    private const ulong Multiplier = 0x9E3779B97F4A7C15;

    private ulong[] _edges = new ulong[1024];
    private int[] _targets = new int[1024];
    private int[] _tokens = [NoToken];
    private int _shift = 64 - 10;
    private int _count = 1;

    /// <summary>Adds a token; the last id of a spelling counts.</summary>
    public void Add(string token, int id)
    {
        var node = Root;
        foreach (var unit in token)
        {
            var next = Next(node, unit);
            node = next >= 0 ? next : AddEdge(node, unit);
        }

        _tokens[node] = id;
    }

    /// <summary>The node that a unit leads to, or -1.</summary>
    public int Next(int node, char unit)
    {
        var edge = Edge(node, unit);
        for (var slot = Slot(edge); _edges[slot] != 0; slot = (slot + 1) & (_edges.Length - 1))
        {
            if (_edges[slot] == edge)
            {
                return _targets[slot];
            }
        }

        return -1;
    }

    /// <summary>The id of the token that ends at a node, or -1.</summary>
    public int TokenAt(int node) => _tokens[node];

    private int AddEdge(int node, char unit)
    {
        if (_count * 2 > _edges.Length)
        {
            GrowEdges();
        }

        if (_count == _tokens.Length)
        {
            var length = _tokens.Length;
            Array.Resize(ref _tokens, length * 2);
            _tokens.AsSpan(length).Fill(NoToken);
        }

        Insert(Edge(node, unit), _count);
        return _count++;
    }

    private void GrowEdges()
    {
        var (edges, targets) = (_edges, _targets);
        _edges = new ulong[edges.Length * 2];
        _targets = new int[edges.Length * 2];
        _shift--;
        for (var i = 0; i < edges.Length; i++)
        {
            if (edges[i] != 0)
            {
                Insert(edges[i], targets[i]);
            }
        }
    }

    private void Insert(ulong edge, int target)
    {
        var slot = Slot(edge);
        while (_edges[slot] != 0)
        {
            slot = (slot + 1) & (_edges.Length - 1);
        }

        _edges[slot] = edge;
        _targets[slot] = target;
    }

    private int Slot(ulong edge) => (int)((edge * Multiplier) >> _shift);

    // Never 0, which marks a free slot.
    private static ulong Edge(int node, char unit) => ((ulong)(uint)(node + 1) << 16) | unit;
}
