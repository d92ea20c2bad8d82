namespace IngestEmbeddings.Errors;

/// <summary>What kind of thing went wrong, and so which exit code the program gives.</summary>
public enum IngestError
{
    /// <summary>The command line is wrong: exit code 2.</summary>
    Usage = 2,

    /// <summary>Stopped early, a rerun resumes: exit code 4.</summary>
    Stopped = 4,

    /// <summary>Configuration, schema or model is wrong: exit code 5.</summary>
    Configuration = 5,

    /// <summary>A check of the data failed: exit code 6.</summary>
    Data = 6,
}

/// <summary>A fault that the user can act on. Its message names the thing and the next step, and holds no secret.</summary>
public class IngestException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="error">The kind of fault.</param>
    /// <param name="message">What is wrong, and of what.</param>
    /// <param name="inner">The exception that caused it; null when none did.</param>
    public IngestException(IngestError error, string message, Exception? inner = null)
        : base(message, inner) => Error = error;

    /// <summary>The kind of fault.</summary>
    public IngestError Error { get; }

    /// <summary>The command that helps; null when the message says all there is. It is shown after the message.</summary>
    public Suggestion? Suggestion { get; init; }
}
