namespace IngestEmbeddings.Postgres.Faults;

/// <summary>The border of the store: every call from outside passes it, and faults leave it in the user's words.</summary>
/// <param name="location">The server and the database, without the password.</param>
internal sealed class StoreBorder(string location)
{
    /// <summary>Runs the work of a call.</summary>
    /// <exception cref="IngestException">The work ended with a fault.</exception>
    public async Task<T> RunAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception error) when (PostgresFault.TryFrom(error) is { } fault)
        {
            // What was not tried again, such as the build of an index, is not worth waiting for a server that takes writes.
            throw FaultMessages.Explain(error is not PostgresFault && fault.Kind == FaultKind.ReadOnly ? fault.AsStart() : fault, location);
        }
    }
}
