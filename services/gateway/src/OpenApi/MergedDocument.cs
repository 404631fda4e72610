using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Net.Http.Headers;

namespace Coworking.Gateway.OpenApi;

/// <summary>The document of the whole platform. Made when somebody asks, and kept for a while; everybody who asks meanwhile waits for the same one.</summary>
internal sealed class MergedDocument(ServiceParts parts, RoutedPaths routes, TimeProvider clock, ILogger<MergedDocument> log)
{
    // A new version of a service shows within this time; who reads documents in a loop costs the services nothing.
    internal static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(30);

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _gate = new();
    private Task<Copy>? _copy;
    private long _madeAt;

    internal sealed record Copy(byte[] Bytes, EntityTagHeaderValue ETag);

    internal async Task WriteAsync(HttpContext context)
    {
        var copy = await ReadAsync().WaitAsync(context.RequestAborted);
        context.Response.Headers.CacheControl = "no-cache";
        // It is for who changes something; the framework would answer 412 to who only reads.
        context.Request.Headers.IfMatch = default;
        await TypedResults.Bytes(copy.Bytes, "application/json", entityTag: copy.ETag).ExecuteAsync(context);
    }

    internal Task<Copy> ReadAsync()
    {
        lock (_gate)
        {
            var isOld = _copy is null or { IsFaulted: true } || (_copy.IsCompleted && clock.GetElapsedTime(_madeAt) > KeptFor);

            if (isOld)
            {
                (_copy, _madeAt) = (Task.Run(MakeAsync), clock.GetTimestamp());
            }

            return _copy!;
        }
    }

    private async Task<Copy> MakeAsync()
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(Merge(await parts.ReadAsync()), Indented);
        return new Copy(bytes, new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8))}\""));
    }

    private JsonObject Merge(List<KeyValuePair<string, JsonObject>> all)
    {
        // Each contradiction takes one service out, so that there are no more rounds than services.
        for (var round = 0; round <= all.Count; round++)
        {
            try
            {
                var merged = DocumentMerge.Merge(all, path => routes.ServiceOf(path) ?? ServiceParts.Own);
                DocumentMerge.RemoveUnused(merged);
                return merged;
            }
            catch (DocumentConflictException conflict)
            {
                GatewayLog.DocumentsDisagree(log, conflict);
                var index = all.FindIndex(part => part.Key == conflict.Service);
                all[index] = KeyValuePair.Create(conflict.Service, parts.Built(conflict.Service));
            }
        }

        throw new InvalidOperationException("The documents of the services contradict each other, and those of the build too");
    }
}
