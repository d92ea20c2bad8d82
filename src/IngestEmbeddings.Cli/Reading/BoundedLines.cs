using System.Runtime.CompilerServices;

namespace IngestEmbeddings.Cli.Reading;

/// <summary>Reads lines that end with LF, CR LF or CR, and none that is longer than <see cref="MaxCharacters"/>.</summary>
internal static class BoundedLines
{
    /// <summary>Characters that a line, or a record of several lines, may have. More is a file without line ends.</summary>
    public const int MaxCharacters = 16 << 20;

    private const int BufferSize = 32 * 1024;

    /// <summary>What is said of a longer one.</summary>
    public static string TooLong { get; } =
        FormattableString.Invariant($"it has more than {MaxCharacters:N0} characters. Is it a file of the format that was asked for?");

    /// <summary>Reads lines, and keeps the position.</summary>
    /// <exception cref="IngestException">A line is too long.</exception>
    public static async IAsyncEnumerable<string> ReadAsync(
        TextReader reader, InputPosition position, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var buffer = new char[BufferSize];
        var (start, end) = (0, 0);
        var skipsLineFeed = false;
        while (true)
        {
            if (skipsLineFeed && start < end)
            {
                start += buffer[start] == '\n' ? 1 : 0;
                skipsLineFeed = false;
            }

            var length = buffer.AsSpan(start, end - start).IndexOfAny('\n', '\r');
            if (length >= 0)
            {
                var line = new string(buffer, start, length);
                skipsLineFeed = buffer[start + length] == '\r';
                start += length + 1;
                position.Line++;
                yield return line;
                continue;
            }

            (buffer, start, end) = MakeRoom(buffer, start, end, position);
            var count = await reader.ReadAsync(buffer.AsMemory(end), cancellationToken);
            if (count == 0)
            {
                break;
            }

            end += count;
        }

        if (end > start)
        {
            position.Line++;
            yield return new string(buffer, start, end - start);
        }
    }

    private static (char[] Buffer, int Start, int End) MakeRoom(char[] buffer, int start, int end, InputPosition position)
    {
        var rest = end - start;
        if (rest > MaxCharacters)
        {
            position.Line++;
            throw position.Fault(TooLong);
        }

        var target = rest > buffer.Length / 2 ? new char[buffer.Length * 2] : buffer;
        buffer.AsSpan(start, rest).CopyTo(target);
        return (target, 0, rest);
    }
}
