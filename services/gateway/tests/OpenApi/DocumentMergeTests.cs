using System.Text.Json.Nodes;
using Coworking.Gateway.OpenApi;

namespace Coworking.Gateway.Tests.OpenApi;

public sealed class DocumentMergeTests
{
    private const string Thing = """{"type":"object"}""";

    [Fact]
    public void What_two_services_mean_alike_is_told_once()
    {
        var merged = Merge(Part("reservations", "/a", Thing), Part("iot-ingest", "/b", Thing));

        Assert.Equal(["/a", "/b"], merged["paths"]!.AsObject().Select(path => path.Key));
        Assert.Equal(["Thing"], merged["components"]!["schemas"]!.AsObject().Select(schema => schema.Key));
    }

    [Fact]
    public void Two_meanings_of_one_name_are_refused_with_the_name()
    {
        var conflict = Assert.Throws<DocumentConflictException>(() => Merge(Part("reservations", "/a", Thing), Part("iot-ingest", "/b", """{"type":"string"}""")));

        Assert.Equal("iot-ingest", conflict.Service);
        Assert.Contains("schemas/Thing", conflict.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_is_told_by_the_service_that_answers_there()
    {
        var merged = DocumentMerge.Merge([Part("reservations", "/a", Thing), Part("iot-ingest", "/b", Thing)], _ => "reservations");

        Assert.Equal(["/a"], merged["paths"]!.AsObject().Select(path => path.Key));
    }

    [Fact]
    public void A_part_taken_out_of_the_whole_makes_the_whole_again()
    {
        var (first, second) = (Part("reservations", "/a", Thing), Part("iot-ingest", "/b", Thing));
        var whole = Merge(first, second);

        var again = Merge(first, KeyValuePair.Create("iot-ingest", DocumentMerge.PartOf(whole, "iot-ingest")));

        Assert.True(JsonNode.DeepEquals(whole, again), again.ToJsonString());
    }

    [Fact]
    public void What_nothing_refers_to_is_left_out()
    {
        var part = Part("reservations", "/a", Thing);
        part.Value["components"]!["schemas"]!["Forgotten"] = new JsonObject();
        var merged = Merge(part);

        DocumentMerge.RemoveUnused(merged);

        Assert.Equal(["Thing"], merged["components"]!["schemas"]!.AsObject().Select(schema => schema.Key));
    }

    private static JsonObject Merge(params KeyValuePair<string, JsonObject>[] parts) => DocumentMerge.Merge(parts, path => path == "/a" ? "reservations" : "iot-ingest");

    private static KeyValuePair<string, JsonObject> Part(string service, string path, string schema) => KeyValuePair.Create(service, JsonNode.Parse($$$"""
        {
          "paths": { "{{{path}}}": { "get": { "tags": ["T"], "x-coworking-service": "{{{service}}}", "responses": { "200": { "$ref": "#/components/schemas/Thing" } } } } },
          "components": { "schemas": { "Thing": {{{schema}}} } }
        }
        """)!.AsObject());
}
