using System.Text.Json.Nodes;

namespace Coworking.Gateway.OpenApi;

/// <summary>The probes are the framework's own and describe nothing: their paths are written here.</summary>
internal static class Probes
{
    internal static void AddTo(JsonObject own)
    {
        own["paths"]!["/health/live"] = Path("ProbeLiveness", "Tells that the process is there");
        own["paths"]!["/health/ready"] = Path("ProbeReadiness", "Tells whether the gateway can do its work");
        own["components"]!["schemas"]!["Probe"] = JsonNode.Parse("""
            {
              "type": "object",
              "required": ["status", "checks"],
              "properties": {
                "status": { "type": "string", "enum": ["Healthy", "Degraded", "Unhealthy"] },
                "checks": {
                  "type": "object",
                  "additionalProperties": {
                    "type": "object",
                    "required": ["status", "durationMs", "description"],
                    "properties": {
                      "status": { "type": "string", "enum": ["Healthy", "Degraded", "Unhealthy"] },
                      "durationMs": { "type": "number" },
                      "description": { "type": ["string", "null"] }
                    }
                  }
                }
              }
            }
            """);
    }

    private static JsonObject Path(string id, string summary) => new()
    {
        ["get"] = new JsonObject
        {
            ["tags"] = new JsonArray("Health"),
            ["responses"] = new JsonObject
            {
                ["200"] = Answer("OK", "Healthy"),
                ["400"] = new JsonObject { ["$ref"] = "#/components/responses/BadRequest" },
                ["414"] = new JsonObject { ["$ref"] = "#/components/responses/TargetTooLong" },
                ["429"] = new JsonObject { ["$ref"] = "#/components/responses/TooManyRequests" },
                ["431"] = new JsonObject { ["$ref"] = "#/components/responses/HeadersTooLarge" },
                ["503"] = Answer("Service Unavailable", "Unhealthy"),
            },
            ["operationId"] = id,
            [DocumentMerge.ServiceMember] = ServiceParts.Own,
            ["x-coworking-roles"] = new JsonArray("public"),
            ["security"] = new JsonArray(),
            ["summary"] = summary,
        },
    };

    private static JsonObject Answer(string description, string status) => new()
    {
        ["description"] = description,
        ["content"] = new JsonObject
        {
            ["application/json"] = new JsonObject
            {
                ["schema"] = new JsonObject { ["$ref"] = "#/components/schemas/Probe" },
                ["example"] = new JsonObject { ["status"] = status, ["checks"] = new JsonObject() },
            },
        },
    };
}
