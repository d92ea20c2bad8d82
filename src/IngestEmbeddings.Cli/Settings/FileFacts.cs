using System.Runtime.InteropServices;

namespace IngestEmbeddings.Cli.Settings;

/// <summary>What the system tells of a file without opening it: opening a pipe waits, and reading a device may never end.</summary>
/// <param name="Mode">Its kind and its rights, as <c>stat(2)</c> has them.</param>
/// <param name="Owner">Who owns it.</param>
internal readonly partial record struct FileFacts(ushort Mode, uint Owner)
{
    private const int WorkingDirectory = -100;
    private const int NoFollow = 0x100;
    private const uint BasicFacts = 0x7ff;
    private const int KindMask = 0xF000;
    private const int RegularKind = 0x8000;
    private const int LinkKind = 0xA000;
    private const int WritableByOthers = 0x12;

    /// <summary>True for a file in the narrow sense.</summary>
    public bool IsRegular => (Mode & KindMask) == RegularKind;

    /// <summary>True when the group or everybody may write it. A link's own rights mean nothing.</summary>
    public bool OthersMayWrite => (Mode & KindMask) != LinkKind && (Mode & WritableByOthers) != 0;

    /// <summary>True when it belongs to the user of this process or to root.</summary>
    public bool IsOurs => Owner == 0 || Owner == EffectiveUser();

    /// <summary>Asks the system; null where nothing is there, and where there is no <c>statx(2)</c>: outside Linux.</summary>
    /// <param name="path">The path.</param>
    /// <param name="follow">True: of a link, what it leads to.</param>
    public static FileFacts? Find(string path, bool follow)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        Span<byte> facts = stackalloc byte[256];
        if (StatX(WorkingDirectory, path, follow ? 0 : NoFollow, BasicFacts, facts) != 0)
        {
            return null;
        }

        // struct statx: stx_uid at 20, stx_mode at 28, the same on every processor.
        return new FileFacts(
            MemoryMarshal.Read<ushort>(facts[28..]), MemoryMarshal.Read<uint>(facts[20..]));
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int folder, string path, int flags, uint wanted, Span<byte> facts);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();
}
