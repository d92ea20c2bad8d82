using System.Text;

namespace IngestEmbeddings.Cli.Output;

/// <summary>Writes to a standard stream, and outlives it: once it is closed or full, what is written is dropped.</summary>
/// <remarks>A run goes on when no process reads its progress: its rows are written all the same, and its exit code is right.</remarks>
internal sealed class LastingWriter(Stream stream) : TextWriter(System.Globalization.CultureInfo.InvariantCulture)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly Lock _lock = new();

    public override System.Text.Encoding Encoding => Utf8;

    /// <summary>Why something was lost that another program waits for; null when nothing was.</summary>
    public string? Fault { get; private set; }

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(string? value)
    {
        lock (_lock)
        {
            try
            {
                stream.Write(Utf8.GetBytes(value ?? ""));
                stream.Flush();
            }
            catch (IOException exception)
            {
                Fault ??= exception.Message.TrimEnd('.');
            }
            catch (Exception exception) when (exception is UnauthorizedAccessException or ObjectDisposedException)
            {
                // Closed before the program began: no process reads it.
            }
        }
    }

    public override void WriteLine(string? value) => Write(value + "\n");
}
