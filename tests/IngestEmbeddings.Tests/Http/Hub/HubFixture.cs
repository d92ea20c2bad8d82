using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;
using IngestEmbeddings.Http.Hub;

namespace IngestEmbeddings.Tests.Http.Hub;

/// <summary>A hub with one model, org/name, whose large files lie on another host, and a cache to fetch it into.</summary>
internal sealed class HubFixture : IAsyncDisposable, IIngestObserver
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";
    public const string Graph = "onnx/model.onnx";
    public const string Token = "hf_neverShown";

    private readonly RawHttpServer _hub;
    private readonly RawHttpServer _store;

    public HubFixture()
    {
        _hub = new RawHttpServer(request => OnHub(request) ?? Serve(request));
        _store = new RawHttpServer(request => OnStore(request) ?? Send(request, Files![Graph]));
        Files = new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            ["config.json"] = "{}"u8.ToArray(),
            ["tokenizer.json"] = "{ \"version\": \"1.0\" }"u8.ToArray(),
            ["modules.json"] = "[]"u8.ToArray(),
            ["1_Pooling/config.json"] = "{ }"u8.ToArray(),
            [Graph] = [.. Enumerable.Range(0, 50_000).Select(static i => (byte)(i * 31 >> 3))],
            ["pytorch_model.bin"] = new byte[1000],
            ["model.safetensors"] = new byte[1000],
            ["onnx/model_fp16.onnx"] = new byte[500],
            ["onnx/model_quantized.onnx"] = new byte[300],
        };
    }

    /// <summary>The content of the repository.</summary>
    public Dictionary<string, byte[]> Files { get; }

    /// <summary>Answers in place of the hub; null leaves the answer to it.</summary>
    public Func<RawRequest, RawReply?> OnHub { get; set; } = static _ => null;

    /// <summary>Answers in place of the host of the large files.</summary>
    public Func<RawRequest, RawReply?> OnStore { get; set; } = static _ => null;

    /// <summary>Changes what the list says of a file.</summary>
    public Func<HubFile, HubFile> Listed { get; set; } = static file => file;

    public string Cache { get; } = Directory.CreateTempSubdirectory("ingest-pull-").FullName;

    public string HubAddress => _hub.Address;

    public string StoreAddress => _store.Address;

    public ConcurrentQueue<RawRequest> HubRequests => _hub.Requests;

    public ConcurrentQueue<RawRequest> StoreRequests => _store.Requests;

    public ConcurrentQueue<IngestEvent> Events { get; } = [];

    public HubLimits Limits { get; set; } = new()
    {
        AnswerTimeout = TimeSpan.FromSeconds(1),
        StallTimeout = TimeSpan.FromMilliseconds(500),
        RetryDelay = TimeSpan.FromMilliseconds(10),
        MaxRetries = 3,
    };

    public HubOptions Options => new()
    {
        Endpoint = new Uri(HubAddress),
        Token = Token,
        CacheFolder = Cache,
        Limits = Limits,
        Observer = this,
    };

    public string Repository => Path.Combine(Cache, "models--org--name");

    public string Snapshot => Path.Combine(Repository, "snapshots", Commit);

    /// <summary>Where the graph's content lies, with what was received of it.</summary>
    public string GraphBlob => Path.Combine(Repository, "blobs", HashOf(Graph, Files[Graph]));

    public string Unfinished => GraphBlob + ".incomplete";

    public Task<PulledModel> PullAsync(string id = "org/name", string precision = "auto", CancellationToken cancellationToken = default)
    {
        return ModelId.TryParse(id, out var model)
            ? new ModelPuller(Options).PullAsync(model, precision, cancellationToken)
            : throw new ArgumentException("An id has the form organization/name.", nameof(id));
    }

    public void Observe(IngestEvent ingestEvent) => Events.Enqueue(ingestEvent);

    /// <summary>The answer to a request for a file, or for the rest of it.</summary>
    public static RawReply Send(RawRequest request, byte[] content) => request.RangeStart == 0
        ? new RawReply(200, content)
        : new RawReply(206, content[request.RangeStart..])
        {
            Headers = new() { ["Content-Range"] = $"bytes {request.RangeStart}-{content.Length - 1}/{content.Length}" },
        };

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        await _store.DisposeAsync();
        Directory.Delete(Cache, recursive: true);
    }

    private static bool IsLarge(string path) => path.EndsWith(".onnx", StringComparison.Ordinal);

    private static string HashOf(string path, byte[] content) => Convert.ToHexStringLower(IsLarge(path)
        ? SHA256.HashData(content)
        : SHA1.HashData([.. System.Text.Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));

    private RawReply Serve(RawRequest request)
    {
        if (request.Target.StartsWith("/api/models/org/name/revision/", StringComparison.Ordinal))
        {
            return RawReply.Text(200, List());
        }

        var path = Uri.UnescapeDataString(request.Target.Split($"/org/name/resolve/{Commit}/")[^1]);
        return !Files.TryGetValue(path, out var content) ? RawReply.Text(404)
            : IsLarge(path) ? RawReply.Redirect($"{StoreAddress}/{path}")
            : Send(request, content);
    }

    private string List() => JsonSerializer.Serialize(new
    {
        sha = Commit,
        siblings = Files
            .Select(file => Listed(new HubFile(file.Key, file.Value.Length, HashOf(file.Key, file.Value))))
            .Select(static file => file.Hash.Length == 64
                ? (object)new { rfilename = file.Path, size = 130, blobId = "x", lfs = new { sha256 = file.Hash, size = file.Size, pointerSize = 130 } }
                : new { rfilename = file.Path, size = file.Size, blobId = file.Hash }),
    });
}
