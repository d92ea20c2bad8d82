using System.Globalization;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Onnx;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>Loads the models of this program; an <see cref="EncoderLoader"/>.</summary>
internal static class EncoderFactory
{
    /// <inheritdoc cref="EncoderLoader"/>
    public static async Task<IEncoder> LoadAsync(
        ModelOptions model, int workers, Action<string> notice, CancellationToken cancellationToken)
    {
        if (model.Name == HashingEncoder.Model)
        {
            if (!string.IsNullOrEmpty(model.Prefix))
            {
                notice($"{HashingEncoder.Model} takes no prefix: it would be the same few features in every vector.");
            }

            return new HashingEncoder();
        }

        var options = new OnnxEncoderOptions
        {
            Model = model.Name,
            Device = model.Device,
            Precision = model.Precision,
            Prefix = model.Prefix,
            Dimensions = model.Dimensions,
            TokenBudget = model.TokenBudget,
            Threads = model.Threads ?? Math.Max(1, Environment.ProcessorCount / workers),
            Notice = notice,
        };

        // Loading a graph takes seconds in native code that knows no cancellation; a wish to stop need not wait for it.
        var encoder = await Task.Run(() => OnnxEncoderFactory.Create(options), cancellationToken).WaitAsync(cancellationToken);
        var description = encoder.Description;
        notice(string.Create(
            CultureInfo.InvariantCulture,
            $"{description.Model}: {description.Precision} on {description.Device}, {options.Threads} threads a worker, {description.Dimension} dimensions, at most {description.MaxTokens} tokens, prefix '{description.Prefix}'."));
        return encoder;
    }
}
