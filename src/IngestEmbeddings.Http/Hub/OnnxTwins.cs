using IngestEmbeddings.Encoding;

namespace IngestEmbeddings.Http.Hub;

/// <summary>Repositories that hold the ONNX graphs of popular models whose own repositories hold none.</summary>
internal static class OnnxTwins
{
    private static readonly (string Model, string Twin)[] Known =
    [
        ("Qwen/Qwen3-Embedding-0.6B", "onnx-community/Qwen3-Embedding-0.6B-ONNX"),
        ("google/embeddinggemma-300m", "onnx-community/embeddinggemma-300m-ONNX"),
        ("jinaai/jina-embeddings-v2-base-de", "Xenova/jina-embeddings-v2-base-de"),
        ("sentence-transformers/LaBSE", "Xenova/LaBSE"),
        ("sentence-transformers/distiluse-base-multilingual-cased-v2", "Xenova/distiluse-base-multilingual-cased-v2"),
        ("thenlper/gte-base", "Xenova/gte-base"),
        ("thenlper/gte-large", "Xenova/gte-large"),
        ("thenlper/gte-small", "Xenova/gte-small"),
    ];

    /// <summary>What to do about a repository without ONNX.</summary>
    public static IngestException NoGraph(ModelId id)
    {
        var name = id.Repository.Split('/')[^1];
        var twin = Array.Find(Known, known => string.Equals(known.Model, id.Repository, StringComparison.OrdinalIgnoreCase)).Twin;
        var others = string.Join(", ", Known.Select(static known => $"{known.Model}: {known.Twin}"));
        return new IngestException(
            IngestError.Configuration,
            $"{id} holds no ONNX graph (onnx/model.onnx). "
            + (twin is null
                ? $"Twins with one often lie under onnx-community or Xenova, such as ({others}). "
                : $"Its twin has one: --model {twin}. ")
            + $"Or export it, which needs Python: pip install 'optimum[onnxruntime]' && optimum-cli export onnx --model {id.Repository} --task feature-extraction {name}, then --model ./{name}");
    }
}
