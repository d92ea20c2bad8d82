namespace IngestEmbeddings.Tests.Support;

/// <summary>Finds files of the repository from where the tests run.</summary>
internal static class Repository
{
    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The full path of a file, given from the root; it need not exist.</summary>
    public static string PathOf(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "IngestEmbeddings.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No IngestEmbeddings.slnx above {AppContext.BaseDirectory}: run the tests inside the repository.");
    }
}
