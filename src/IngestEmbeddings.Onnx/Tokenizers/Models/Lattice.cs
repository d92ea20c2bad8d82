namespace IngestEmbeddings.Onnx.Tokenizers.Models;

/// <summary>One thread's array for the best paths of a piece: for each place, the best token that ends there.</summary>
internal sealed class Lattice
{
    public static readonly Node Unreached = new(-1, -1, 0);

    private const int MaxKept = 64 * 1024;

    [ThreadStatic]
    private static Lattice? _current;

    public Node[] Nodes { get; private set; } = new Node[256];

    public static Lattice Rent(int length)
    {
        var lattice = _current ??= new Lattice();
        if (lattice.Nodes.Length < length)
        {
            lattice.Nodes = new Node[Math.Max(length, lattice.Nodes.Length * 2)];
        }

        return lattice;
    }

    /// <summary>Releases what an unusually long piece has left.</summary>
    public static void Return(Lattice lattice)
    {
        if (lattice.Nodes.Length > MaxKept)
        {
            _current = null;
        }
    }

    /// <param name="Start">Where the token begins; -1 where no token ends.</param>
    /// <param name="Id">The token.</param>
    /// <param name="Score">The sum of the scores up to its end.</param>
    public readonly record struct Node(int Start, int Id, double Score);
}
