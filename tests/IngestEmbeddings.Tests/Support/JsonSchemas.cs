using System.Text.Json;
using Json.Schema;
using Shouldly;

namespace IngestEmbeddings.Tests.Support;

/// <summary>The published schemas of the JSON that the program prints.</summary>
internal static class JsonSchemas
{
    /// <summary>Reads a document, which must be as its schema says.</summary>
    public static JsonElement Read(string schema, string document)
    {
        var read = JsonDocument.Parse(document).RootElement;
        var result = JsonSchema.FromText(File.ReadAllText(Repository.PathOf("docs", "schemas", $"{schema}.schema.json")))
            .Evaluate(read, new EvaluationOptions { OutputFormat = OutputFormat.List });

        result.IsValid.ShouldBeTrue(string.Join("; ", (result.Details ?? []).Where(part => part.Errors is not null)
            .Select(part => $"{part.InstanceLocation}: {string.Join(", ", part.Errors!.Values)}")));
        return read;
    }
}
