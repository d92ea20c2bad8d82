namespace IngestEmbeddings.Cli.Settings;

/// <summary>Follows every link of a path, as <c>realpath(3)</c> does.</summary>
internal static class RealPath
{
    private const int MaxLinks = 40;

    /// <summary>The path without links; null where they lead in a circle.</summary>
    public static string? Of(string path)
    {
        path = Path.GetFullPath(path);
        for (var links = 0; links < MaxLinks; links++)
        {
            if (FirstLink(path) is not var (link, target, rest))
            {
                return path;
            }

            path = Path.GetFullPath(Path.Combine(target, rest), Path.GetDirectoryName(link)!);
        }

        return null;
    }

    /// <summary>True when a file lies in a folder or below, whatever links lead there.</summary>
    public static bool IsBelow(string file, string folder) =>
        Of(file) is { } real && Of(folder) is { } root && real.StartsWith(Path.TrimEndingDirectorySeparator(root) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static (string Link, string Target, string After)? FirstLink(string path)
    {
        for (var end = path.IndexOf(Path.DirectorySeparatorChar, 1); ; end = path.IndexOf(Path.DirectorySeparatorChar, end + 1))
        {
            var part = end < 0 ? path : path[..end];
            if (new FileInfo(part).LinkTarget is { } target)
            {
                return (part, target, end < 0 ? "" : path[(end + 1)..]);
            }

            if (end < 0)
            {
                return null;
            }
        }
    }
}
