namespace IngestEmbeddings.Cli.Output;

/// <summary>Shows some lines again and again: on a terminal in place, elsewhere one after the other.</summary>
/// <param name="messages">Where the lines go.</param>
/// <param name="isTerminal">True when the output is a terminal.</param>
internal sealed class RepeatedScreen(Messages messages, bool isTerminal)
{
    private const string ClearScreen = "\u001B[H\u001B[2J\u001B[3J";

    private bool _isShown;

    /// <summary>Shows lines in the place of those shown before.</summary>
    public void Show(IEnumerable<string> lines)
    {
        if (_isShown && isTerminal)
        {
            messages.Control(ClearScreen);
        }

        foreach (var line in lines)
        {
            messages.Line(line);
        }

        _isShown = true;
    }
}
