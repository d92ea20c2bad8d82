using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;
using IngestEmbeddings.Http.Endpoints;
using IngestEmbeddings.Onnx;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>Loads the models of this program; an <see cref="EncoderLoader"/>.</summary>
internal static class EncoderFactory
{
    /// <inheritdoc cref="EncoderLoader"/>
    public static async Task<IEncoder> LoadAsync(
        ModelOptions model, int workers, IIngestObserver observer, CancellationToken cancellationToken)
    {
        if (model.Name == HashingEncoder.Model)
        {
            if (!string.IsNullOrEmpty(model.Prefix))
            {
                observer.Observe(new PrefixIgnored(HashingEncoder.Model));
            }

            return new HashingEncoder();
        }

        if (EndpointOptions.IsEndpoint(model.Name))
        {
            if (model.LongTexts == LongTextMode.Mean)
            {
                throw new IngestException(
                    IngestError.Usage,
                    $"{OptionTable.LongTexts.Name} mean needs the model's tokens, which an endpoint does not show. Leave it out, or use a model folder: {OptionTable.Model.Name}.");
            }

            return await EndpointEncoder.ConnectAsync(
                EndpointOptions.Parse(model.Name) with
                {
                    Key = model.Key,
                    Dimensions = model.Dimensions,
                    DocumentPrompt = model.Prefix ?? "",
                    QueryPrompt = model.Prefix == "passage: " ? "query: " : "",
                    Observer = observer,
                },
                cancellationToken);
        }

        await MissingModel.FetchAsync(model.Name, model.Precision, observer, cancellationToken);
        var options = new OnnxEncoderOptions
        {
            Model = model.Name,
            Device = model.Device,
            Precision = model.Precision,
            Prefix = model.Prefix,
            Dimensions = model.Dimensions,
            TokenBudget = model.TokenBudget,
            LongTexts = model.LongTexts ?? LongTextMode.Cut,
            Threads = model.Threads ?? Math.Max(1, Environment.ProcessorCount / workers),
            Observer = observer,
        };

        // Loading a graph takes seconds in native code without cancellation; a request to stop does not wait for it.
        var encoder = await Task.Run(() => OnnxEncoderFactory.Create(options), cancellationToken).WaitAsync(cancellationToken);
        var description = encoder.Description;
        observer.Observe(new ModelLoaded(
            description.Model,
            description.Precision,
            description.Device,
            options.Threads,
            description.Dimension,
            description.MaxTokens,
            description.DocumentPrompt) { DeviceDetail = description.DeviceDetail });
        return encoder;
    }
}
