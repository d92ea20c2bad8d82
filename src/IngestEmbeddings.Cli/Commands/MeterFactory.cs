using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Reading;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>Makes what measures the texts of a run.</summary>
/// <param name="samples">Recognises stores made from the sample, whose lexicon and language are then used.</param>
/// <param name="messages">Says what is used.</param>
internal sealed class MeterFactory(SampleStore samples, Messages messages)
{
    /// <summary>Makes it.</summary>
    /// <exception cref="IngestException">The lexicon cannot be read.</exception>
    public async Task<TextMeter> CreateAsync(RunOptions options, IStore store, CancellationToken cancellationToken)
    {
        var path = options.Lexicon;
        var language = options.Language;
        if ((path is null || language is null) && await SampleStore.IsMadeFromSampleAsync(store, options.Table.Table, cancellationToken))
        {
            path ??= samples.Corpus.Lexicon;
            language ??= SampleCorpus.Language;
            messages.Notice($"{store.Location} was made from the sample: using {(options.Lexicon is null ? $"its lexicon ({SampleCorpus.LexiconName})" : "your lexicon")} and --language {Defaults.SampleLanguage}.");
        }

        return new TextMeter(
            path is null ? null : await ReadLexiconAsync(path, cancellationToken),
            language ?? TextLanguage.Unspecified,
            options.Entities);
    }

    private async Task<Lexicon> ReadLexiconAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var lexicon = Lexicon.FromLines(await InputFile.ReadLinesAsync(path, cancellationToken));
            if (lexicon.Count == 0)
            {
                messages.Warn($"The lexicon {path} has no words: every word ratio will be 0.");
            }

            return lexicon;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IngestException(
                IngestError.Configuration, $"The lexicon {path} cannot be read: {exception.Message} Fix it, or leave --lexicon out.", exception);
        }
    }
}
