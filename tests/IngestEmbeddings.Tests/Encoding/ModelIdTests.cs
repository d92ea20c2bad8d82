using IngestEmbeddings.Encoding;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Encoding;

public class ModelIdTests
{
    [Theory]
    [InlineData("org/name", "org/name", "main", "org/name")]
    [InlineData("org/name@v1.0", "org/name", "v1.0", "org/name@v1.0")]
    [InlineData("org/name@refs/pr/1", "org/name", "refs/pr/1", "org/name@refs/pr/1")]
    [InlineData("gpt2@main", "gpt2", "main", "gpt2")]
    public void An_id_has_a_repository_and_a_revision(string text, string repository, string revision, string shown)
    {
        ModelId.TryParse(text, out var id).ShouldBeTrue();

        id.ShouldBe(new ModelId(repository, revision));
        id!.ToString().ShouldBe(shown);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/name")]
    [InlineData("org/")]
    [InlineData("a/b/c")]
    [InlineData("../name")]
    [InlineData("org/.name")]
    [InlineData("org/na--me")]
    [InlineData("org/name@")]
    [InlineData("org/name@../x")]
    [InlineData("org/name@a@b")]
    [InlineData("org/na me")]
    [InlineData("http://host/v1")]
    public void What_could_lead_elsewhere_is_no_id(string text) => ModelId.TryParse(text, out _).ShouldBeFalse();
}
