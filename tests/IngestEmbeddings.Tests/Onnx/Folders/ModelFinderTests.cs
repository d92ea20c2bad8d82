using IngestEmbeddings.Onnx.Folders;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Folders;

public sealed class ModelFinderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("ingest-finder-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_folder_is_taken_as_it_is() => ModelFinder.Find(_root, static _ => null).ShouldBe(_root);

    [Theory]
    [InlineData("HF_HUB_CACHE", "")]
    [InlineData("HF_HOME", "hub")]
    [InlineData("XDG_CACHE_HOME", "huggingface/hub")]
    [InlineData("HOME", ".cache/huggingface/hub")]
    public void An_id_is_found_in_the_hub_cache_at_its_main_revision(string variable, string below)
    {
        var repository = Path.Combine(_root, below, "models--org--name");
        Directory.CreateDirectory(Path.Combine(repository, "snapshots", "aaa"));
        Directory.CreateDirectory(Path.Combine(repository, "snapshots", "bbb"));
        Directory.CreateDirectory(Path.Combine(repository, "refs"));
        File.WriteAllText(Path.Combine(repository, "refs", "main"), "bbb\n");

        Find("org/name", variable).ShouldBe(Path.Combine(repository, "snapshots", "bbb"));
    }

    [Fact]
    public void An_id_is_found_in_the_programs_own_cache()
    {
        var folder = Path.Combine(_root, ".cache", "ingest-embeddings", "org", "name");
        Directory.CreateDirectory(folder);
        Find("org/name", "HOME").ShouldBe(folder);
    }

    [Fact]
    public void A_missing_model_says_where_was_looked_and_what_to_do()
    {
        var fault = Should.Throw<IngestException>(() => Find("org/name", "HF_HOME"));

        fault.Error.ShouldBe(IngestError.Configuration);
        fault.Message.ShouldContain(Path.Combine(_root, "hub", "models--org--name"));
        fault.Message.ShouldContain(Path.Combine("ingest-embeddings", "org/name"));
        fault.Message.ShouldContain("--model");
    }

    [Theory]
    [InlineData("../../etc")]
    [InlineData("org/.name")]
    [InlineData("a/b/c")]
    public void What_is_no_id_is_never_looked_for_in_a_cache(string model) =>
        Should.Throw<IngestException>(() => Find(model, "HF_HOME")).Message.ShouldNotContain("models--");

    [Fact]
    public void A_revision_that_climbs_out_of_the_cache_is_not_followed()
    {
        var repository = Path.Combine(_root, "models--org--name");
        Directory.CreateDirectory(Path.Combine(repository, "snapshots"));
        Directory.CreateDirectory(Path.Combine(repository, "refs"));
        Directory.CreateDirectory(Path.Combine(_root, "outside"));
        File.WriteAllText(Path.Combine(repository, "refs", "main"), "../../outside");

        Should.Throw<IngestException>(() => Find("org/name", "HF_HUB_CACHE"));
    }

    private string Find(string model, string variable) =>
        ModelFinder.Find(model, name => name == variable ? _root : name == "HOME" ? Path.Combine(_root, "nobody") : null);
}
