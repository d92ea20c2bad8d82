using IngestEmbeddings.Batching;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Tests.Onnx.Fusing;

/// <summary>Texts of different lengths through a model, without a tokenizer.</summary>
internal static class Batches
{
    /// <summary>The vectors of seven texts of 1 to 37 tokens.</summary>
    public static float[][] Vectors(IModel model)
    {
        var tokens = new TokenBuffer();
        for (var text = 0; text < 7; text++)
        {
            for (var id = 0; id < 1 + (text * text); id++)
            {
                tokens.Add((id * 7 + text) % 40);
            }

            tokens.EndText();
        }

        var batch = new TokenBatch();
        batch.Fill(tokens, [0, 1, 2, 3, 4, 5, 6], padId: 0);
        var vectors = new float[7 * model.Dimension];
        model.Run(batch, vectors);
        return [.. vectors.Chunk(model.Dimension)];
    }
}
