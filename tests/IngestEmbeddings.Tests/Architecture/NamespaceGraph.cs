using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace IngestEmbeddings.Tests.Architecture;

/// <summary>
/// Which namespaces of an assembly use which others: by base types, interfaces, attributes, fields, signatures, generic
/// arguments and the bodies of methods. Constants and names alone leave no trace in IL and are not seen.
/// </summary>
/// <remarks>A parent and its child are different namespaces. A nested type, compiler-generated or not, belongs to its outermost type.</remarks>
internal sealed class NamespaceGraph
{
    private readonly SortedDictionary<string, SortedDictionary<string, string>> _edges = new(StringComparer.Ordinal);

    private NamespaceGraph()
    {
    }

    /// <summary>Reads an assembly.</summary>
    /// <param name="file">Its path.</param>
    /// <param name="prefix">The namespaces to look at: those that begin so. Generated code elsewhere is left out.</param>
    public static NamespaceGraph Of(string file, string prefix)
    {
        using var stream = File.OpenRead(file);
        using var image = new PEReader(stream);
        var reader = image.GetMetadataReader();
        var references = new TypeReferences(image, reader);
        var graph = new NamespaceGraph();
        foreach (var type in reader.TypeDefinitions)
        {
            var user = Outermost(reader, type);
            foreach (var used in references.Of(type))
            {
                graph.Add(reader, user, Outermost(reader, used), prefix);
            }
        }

        return graph;
    }

    /// <summary>Finds a circle of namespaces.</summary>
    /// <returns>One line for each of its edges, with a witness: <c>A → B: A.Type uses B.Type</c>. Empty when there is none.</returns>
    public IReadOnlyList<string> FindCircle()
    {
        var finished = new HashSet<string>(StringComparer.Ordinal);
        foreach (var start in _edges.Keys)
        {
            if (Follow(start, [], finished) is { } circle)
            {
                return [.. circle.Zip([.. circle.Skip(1), circle[0]], (from, to) => $"{from} → {to}: {_edges[from][to]}")];
            }
        }

        return [];
    }

    private List<string>? Follow(string at, List<string> path, HashSet<string> finished)
    {
        if (path.IndexOf(at) is >= 0 and var first)
        {
            return path[first..];
        }

        if (finished.Contains(at) || !_edges.TryGetValue(at, out var uses))
        {
            return null;
        }

        path.Add(at);
        foreach (var used in uses.Keys)
        {
            if (Follow(used, path, finished) is { } circle)
            {
                return circle;
            }
        }

        path.RemoveAt(path.Count - 1);
        finished.Add(at);
        return null;
    }

    private void Add(MetadataReader reader, TypeDefinitionHandle user, TypeDefinitionHandle used, string prefix)
    {
        var (from, fromType) = Name(reader, user);
        var (to, toType) = Name(reader, used);
        if (from == to || !from.StartsWith(prefix, StringComparison.Ordinal) || !to.StartsWith(prefix, StringComparison.Ordinal))
        {
            return;
        }

        if (!_edges.TryGetValue(from, out var uses))
        {
            _edges.Add(from, uses = new SortedDictionary<string, string>(StringComparer.Ordinal));
        }

        uses.TryAdd(to, $"{from}.{fromType} uses {to}.{toType}");
    }

    private static (string Namespace, string Type) Name(MetadataReader reader, TypeDefinitionHandle handle)
    {
        var type = reader.GetTypeDefinition(handle);
        return (reader.GetString(type.Namespace), reader.GetString(type.Name));
    }

    private static TypeDefinitionHandle Outermost(MetadataReader reader, TypeDefinitionHandle type)
    {
        while (reader.GetTypeDefinition(type).GetDeclaringType() is { IsNil: false } declaring)
        {
            type = declaring;
        }

        return type;
    }
}
