using System.Text.Json;
using Coworking.Faults.Api;

namespace Coworking.SystemTests.Security;

/// <summary>A judge that lets everything pass would make the fuzz worthless.</summary>
public sealed class JsonSchemaTests
{
    private static readonly ApiDocument Document = ApiDocument.Parse("""
        {"paths":{},"components":{"schemas":{
            "Row":{"type":"object","required":["id"],"properties":{"id":{"type":"string","format":"uuid"},"name":{"type":["string","null"],"maxLength":3}},"additionalProperties":false},
            "Problem":{"type":"object","required":["code"],"properties":{"code":{"type":"string"}},"additionalProperties":true}}}}
        """);

    [Theory]
    [InlineData("""{"$ref":"#/components/schemas/Row"}""", """{"id":"00000000-0000-4000-8000-000000000000","name":null}""")]
    [InlineData("""{"type":"array","items":{"$ref":"#/components/schemas/Row"},"maxItems":1}""", """[{"id":"00000000-0000-4000-8000-000000000000"}]""")]
    [InlineData("""{"oneOf":[{"type":"null"},{"$ref":"#/components/schemas/Row"}]}""", "null")]
    [InlineData("""{"allOf":[{"$ref":"#/components/schemas/Problem"},{"properties":{"code":{"enum":["a.b"]}}}]}""", """{"code":"a.b","more":1}""")]
    [InlineData("""{"type":"integer","minimum":1,"maximum":5}""", "5")]
    [InlineData("""{"type":"string","format":"date-time"}""", "\"2026-01-31T09:00:00.000Z\"")]
    [InlineData("""{"type":"object","additionalProperties":{"type":"number"}}""", """{"a":1.5}""")]
    public void What_fits_passes(string schema, string value) => Assert.Null(Complaint(schema, value));

    [Theory]
    [InlineData("""{"$ref":"#/components/schemas/Row"}""", "{}")]
    [InlineData("""{"$ref":"#/components/schemas/Row"}""", """{"id":"1"}""")]
    [InlineData("""{"$ref":"#/components/schemas/Row"}""", """{"id":"00000000-0000-4000-8000-000000000000","name":"long"}""")]
    [InlineData("""{"$ref":"#/components/schemas/Row"}""", """{"id":"00000000-0000-4000-8000-000000000000","more":1}""")]
    [InlineData("""{"type":"array","items":{"type":"integer"}}""", "[1,2.5]")]
    [InlineData("""{"oneOf":[{"type":"null"},{"$ref":"#/components/schemas/Row"}]}""", "17")]
    [InlineData("""{"allOf":[{"$ref":"#/components/schemas/Problem"},{"properties":{"code":{"enum":["a.b"]}}}]}""", """{"code":"a.c"}""")]
    [InlineData("""{"type":"integer","minimum":1}""", "0")]
    [InlineData("""{"type":"string","format":"date-time"}""", "\"2026-01-31T09:00:00+01:00\"")]
    [InlineData("""{"type":"object","additionalProperties":{"type":"number"}}""", """{"a":"1"}""")]
    [InlineData("""{"type":"boolean"}""", "null")]
    [InlineData("""{"unknownWord":1}""", "null")]
    public void What_does_not_fit_is_named(string schema, string value) => Assert.NotNull(Complaint(schema, value));

    private static string? Complaint(string schema, string value)
    {
        using var one = JsonDocument.Parse(schema);
        using var two = JsonDocument.Parse(value);
        return new JsonSchema(Document).Complaint(two.RootElement, one.RootElement);
    }
}
