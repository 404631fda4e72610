using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace Coworking.Hosting.OpenApi;

/// <summary>The document of one service: what the framework reads from the endpoints, completed by what they say of themselves. Made once.</summary>
public sealed class ServiceDocument
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lazy<Task<Copy>> _copy;

    private sealed record Copy(byte[] Bytes, EntityTagHeaderValue ETag);

    /// <summary>Made by the container.</summary>
    public ServiceDocument(OpenApiSettings settings, IServiceProvider services) => _copy = new(() => Task.Run(async () =>
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(await MakeAsync(settings, services), Plain);
        return new Copy(bytes, new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8))}\""));
    }));

    /// <summary>The document as bytes of JSON.</summary>
    public async Task<ReadOnlyMemory<byte>> ReadAsync() => (await _copy.Value).Bytes;

    internal async Task WriteAsync(HttpContext context)
    {
        var copy = await _copy.Value;
        // Asked for again after each deployment, and not sent again where nothing changed.
        context.Response.Headers.CacheControl = "no-cache";
        await TypedResults.Bytes(copy.Bytes, "application/json", entityTag: copy.ETag).ExecuteAsync(context);
    }

    private static async Task<JsonObject> MakeAsync(OpenApiSettings settings, IServiceProvider services)
    {
        await using var scope = services.CreateAsyncScope();
        var made = await scope.ServiceProvider.GetRequiredKeyedService<IOpenApiDocumentProvider>(OpenApiSetup.DocumentName).GetOpenApiDocumentAsync();
        var document = JsonNode.Parse(await made.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1))!.AsObject();
        document["info"] = new JsonObject { ["title"] = settings.Service, ["version"] = "1" };
        document.Remove("servers");

        var descriptions = scope.ServiceProvider.GetRequiredService<IApiDescriptionGroupCollectionProvider>().ApiDescriptionGroups.Items.SelectMany(group => group.Items);
        var paths = document["paths"]!.AsObject();

        foreach (var description in descriptions)
        {
            // A group's own address ends with a slash here, and without one in the document.
            var operation = paths["/" + description.RelativePath!.Trim('/')]?[description.HttpMethod!.ToLowerInvariant()] as JsonObject
                ?? throw new InvalidOperationException($"{description.HttpMethod} {description.RelativePath} is not in the document");
            new OperationWriter(settings, description).Complete(operation);
        }

        AnswerMembers.Require(document);
        var components = document["components"] as JsonObject ?? [];
        components["schemas"] ??= new JsonObject();
        components["schemas"]!["Problem"] = ErrorResponses.Schema();
        components["responses"] = ErrorResponses.Components();
        components["securitySchemes"] = SecuritySchemes();
        document["components"] = components.DeepClone();
        return document;
    }

    private static JsonObject SecuritySchemes() => new()
    {
        [OpenApiSetup.ApiKey] = new JsonObject
        {
            ["type"] = "apiKey",
            ["in"] = "header",
            ["name"] = "x-api-key",
            ["description"] = "A key of a client application; an ADMIN makes them at /api/v1/api-keys.",
        },
        [OpenApiSetup.Bearer] = new JsonObject
        {
            ["type"] = "http",
            ["scheme"] = "bearer",
            ["bearerFormat"] = "JWT",
            ["description"] = "The access token of an account.",
        },
        [OpenApiSetup.DeviceKey] = new JsonObject
        {
            ["type"] = "apiKey",
            ["in"] = "header",
            ["name"] = "x-device-key",
            ["description"] = "The key of a device, shown once when it is registered.",
        },
    };
}
