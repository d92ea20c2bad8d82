namespace IngestEmbeddings.Onnx.Tokenizers.Models;

/// <summary>Joins the pairs of one piece, in one thread's arrays.</summary>
/// <remarks>
/// The pairs wait in a heap ordered by rank, then by place, so that even a piece of a whole text takes O(n log n). A
/// pair that has changed since it was queued is recognised by its rank.
/// </remarks>
internal sealed class BpeMerger
{
    private const int MaxKept = 64 * 1024;
    private const int NoRank = int.MaxValue;
    private const int Joined = -1;

    [ThreadStatic]
    private static BpeMerger? _current;

    private Symbol[] _symbols = new Symbol[64];
    private long[] _heap = new long[128];
    private int _heapCount;

    public static BpeMerger Current => _current ??= new BpeMerger();

    /// <summary>Joins in place.</summary>
    /// <returns>How many ids are left, at the beginning of <paramref name="ids"/>.</returns>
    public int Merge(Span<int> ids, Dictionary<long, BpeMerge> merges)
    {
        Start(ids, merges);
        while (_heapCount > 0)
        {
            var top = Pop();
            var place = (int)top;
            ref var symbol = ref _symbols[place];
            if (symbol.Id == Joined || symbol.Rank != (int)(top >> 32))
            {
                continue;
            }

            ref var next = ref _symbols[symbol.Next];
            symbol.Id = symbol.MergedId;
            next.Id = Joined;
            symbol.Next = next.Next;
            if (symbol.Next < ids.Length)
            {
                _symbols[symbol.Next].Previous = place;
            }

            Queue(place, ids.Length, merges);
            if (symbol.Previous >= 0)
            {
                Queue(symbol.Previous, ids.Length, merges);
            }
        }

        return Collect(ids);
    }

    private void Start(ReadOnlySpan<int> ids, Dictionary<long, BpeMerge> merges)
    {
        if (_symbols.Length < ids.Length || (_symbols.Length > MaxKept && ids.Length < MaxKept))
        {
            _symbols = new Symbol[Math.Max(64, ids.Length)];
            _heap = new long[_symbols.Length * 2];
        }

        for (var i = 0; i < ids.Length; i++)
        {
            _symbols[i] = new Symbol { Id = ids[i], Previous = i - 1, Next = i + 1 };
        }

        _heapCount = 0;
        for (var i = 0; i + 1 < ids.Length; i++)
        {
            Queue(i, ids.Length, merges);
        }
    }

    private int Collect(Span<int> ids)
    {
        var count = 0;
        for (var place = 0; place < ids.Length; place = _symbols[place].Next)
        {
            ids[count++] = _symbols[place].Id;
        }

        return count;
    }

    private void Queue(int place, int length, Dictionary<long, BpeMerge> merges)
    {
        ref var symbol = ref _symbols[place];
        if (symbol.Next >= length || !merges.TryGetValue(BpeMerge.Key(symbol.Id, _symbols[symbol.Next].Id), out var merge))
        {
            symbol.Rank = NoRank;
            return;
        }

        symbol.Rank = merge.Rank;
        symbol.MergedId = merge.Id;
        Push(((long)merge.Rank << 32) | (uint)place);
    }

    private void Push(long entry)
    {
        if (_heapCount == _heap.Length)
        {
            Array.Resize(ref _heap, _heapCount * 2);
        }

        var child = _heapCount++;
        while (child > 0 && _heap[(child - 1) / 2] > entry)
        {
            _heap[child] = _heap[(child - 1) / 2];
            child = (child - 1) / 2;
        }

        _heap[child] = entry;
    }

    private long Pop()
    {
        var top = _heap[0];
        var last = _heap[--_heapCount];
        var parent = 0;
        while (true)
        {
            var child = (parent * 2) + 1;
            if (child >= _heapCount)
            {
                break;
            }

            if (child + 1 < _heapCount && _heap[child + 1] < _heap[child])
            {
                child++;
            }

            if (_heap[child] >= last)
            {
                break;
            }

            _heap[parent] = _heap[child];
            parent = child;
        }

        _heap[parent] = last;
        return top;
    }

    private struct Symbol
    {
        public int Id;
        public int Previous;
        public int Next;
        public int Rank;
        public int MergedId;
    }
}
