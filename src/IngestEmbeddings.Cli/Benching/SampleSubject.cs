using IngestEmbeddings.Encoding;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Benching;

/// <summary>Texts in memory: what the model and the processor give, without the database.</summary>
internal sealed class SampleSubject(IReadOnlyList<string> texts) : IBenchSubject
{
    public int Rows => texts.Count;

    public bool Writes => false;

    public Task<IIngestRun> StartAsync(IEncoder? encoder, IngestOptions options, CancellationToken cancellationToken) =>
        Task.FromResult<IIngestRun>(new SampleRun(texts));
}
