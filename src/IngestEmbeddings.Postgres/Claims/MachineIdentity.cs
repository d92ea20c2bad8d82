namespace IngestEmbeddings.Postgres.Claims;

/// <summary>Tells whether a process id of another worker means a process here.</summary>
/// <remarks>
/// Machines and containers may share a host name. Process ids mean the same only on one host name, since one start of the
/// system (<c>boot_id</c>, random(4)), in one PID namespace (namespaces(7)).
/// </remarks>
internal static class MachineIdentity
{
    /// <summary>Start and namespace of this process, without '/'; empty outside Linux, where the host name must do.</summary>
    public static string Place { get; } = Read();

    private static string Read()
    {
        try
        {
            var boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
            return new FileInfo("/proc/self/ns/pid").LinkTarget is ['p', 'i', 'd', ':', '[', .. var number, ']'] ? $"{boot}:{number}" : boot;
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
