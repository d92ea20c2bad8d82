using Xunit;

namespace IngestEmbeddings.Tests.Support;

/// <summary>A file system of some megabytes in memory, to be filled up and freed again.</summary>
/// <remarks>Needs root and Linux; elsewhere the test is skipped. Unmounted and removed at the end: stop first what uses it.</remarks>
internal sealed class SmallFileSystem : IAsyncDisposable
{
    private readonly string _mount;

    private SmallFileSystem(string mount) => _mount = mount;

    /// <summary>A folder on it that belongs to the user that servers run as.</summary>
    public string Folder => Path.Combine(_mount, "server");

    private string Ballast => Path.Combine(_mount, "ballast");

    /// <summary>Bytes that are free.</summary>
    public long Free => new DriveInfo(_mount).AvailableFreeSpace;

    /// <summary>Makes it; skips the test where that is not possible.</summary>
    public static async Task<SmallFileSystem> CreateAsync(int megabytes)
    {
        if (!OperatingSystem.IsLinux() || !ServerPrograms.IsRoot)
        {
            Assert.Skip("A file system in memory needs root on Linux.");
        }

        var mount = Directory.CreateTempSubdirectory("ingest-small-").FullName;
        var (code, output) = await ServerPrograms.TryRunAsync(
            "mount", asPostgres: false, "-t", "tmpfs", "-o", FormattableString.Invariant($"size={megabytes}m,mode=755"), "tmpfs", mount);
        if (code != 0)
        {
            Directory.Delete(mount);
            Assert.Skip($"No file system in memory here: {output}");
        }

        var system = new SmallFileSystem(mount);
        Directory.CreateDirectory(system.Folder);
        await ServerPrograms.TryRunAsync("chown", asPostgres: false, "postgres", system.Folder);
        return system;
    }

    /// <summary>Takes the room away, but for some bytes.</summary>
    public async Task FillAsync(int free)
    {
        await using var ballast = new FileStream(Ballast, FileMode.Append);
        await ballast.WriteAsync(new byte[Math.Max(0, Free - free)]);
    }

    /// <summary>Takes no more writes, of any role.</summary>
    public Task MakeReadOnlyAsync() => ServerPrograms.TryRunAsync("mount", asPostgres: false, "-o", "remount,ro", _mount);

    /// <summary>Gives the room back.</summary>
    public void Empty() => File.Delete(Ballast);

    public async ValueTask DisposeAsync()
    {
        await ServerPrograms.TryRunAsync("umount", asPostgres: false, _mount);
        Directory.Delete(_mount);
    }
}
