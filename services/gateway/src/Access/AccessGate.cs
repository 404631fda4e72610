using Coworking.Gateway.ApiKeys;
using Coworking.Hosting.Identity;
using Coworking.Hosting.Problems;
using Microsoft.Extensions.Primitives;

namespace Coworking.Gateway.Access;

/// <summary>Asks every caller for a key, before it says whether there is anything at the address; strips what clients sent as proof, and vouches for them instead.</summary>
/// <remarks>Not the framework's authentication: its ticket and principal per request cost more than all of this, and no handler here wants them.</remarks>
internal sealed class AccessGate(RequestDelegate next, KeyRing keys, IdentityTokenSigner signer, GatewayMetrics metrics)
{
    internal const string KeyHeader = "x-api-key";
    internal const string DeviceKeyHeader = "x-device-key";

    public Task InvokeAsync(HttpContext context)
    {
        var access = context.GetEndpoint()?.Metadata.GetMetadata<RouteAccess>() ?? RouteAccess.Key;
        var presented = TakeCredentials(context.Request.Headers, access);

        if (access.IsPublic)
        {
            return next(context);
        }

        if (access.TakesKeyInQuery && HttpMethods.IsGet(context.Request.Method))
        {
            var inQuery = KeyInQuery.Take(context.Request);
            presented = presented.Count > 0 ? presented : inQuery;
        }

        if (presented.Count == 0)
        {
            metrics.KeyRefused();
            return AccessRefusals.MissingKey.ToProblem().ExecuteAsync(context);
        }

        if (!KeyHash.TryOf(presented, out var hash))
        {
            metrics.KeyRefused();
            return AccessRefusals.InvalidKey.ToProblem().ExecuteAsync(context);
        }

        var found = keys.FindAsync(hash, context.RequestAborted);
        return found.IsCompletedSuccessfully ? EnterAsync(context, access, found.Result) : EnterLaterAsync(context, access, found);
    }

    private async Task EnterLaterAsync(HttpContext context, RouteAccess access, ValueTask<KnownKey?> found) => await EnterAsync(context, access, await found);

    private Task EnterAsync(HttpContext context, RouteAccess access, KnownKey? key)
    {
        if (Refuse(context, access, key) is { } refusal)
        {
            metrics.KeyRefused();
            return refusal.ToProblem().ExecuteAsync(context);
        }

        context.Request.Headers[GatewayIdentity.Header] = signer.TokenFor(key!.Caller);
        return next(context);
    }

    private static Refusal? Refuse(HttpContext context, RouteAccess access, KnownKey? key)
    {
        if (key is null)
        {
            return AccessRefusals.InvalidKey;
        }

        if (access.IsForAdmins && !key.Caller.IsAdmin)
        {
            return AccessRefusals.AdminOnly;
        }

        if (key.Caller.Scopes.Count == 0)
        {
            return null;
        }

        // A narrowed key that may make keys could make itself a wide one.
        return (access.IsForAdmins && !HttpMethods.IsGet(context.Request.Method)) || !KeyScopes.Allow(key.Caller.Scopes, context.Request.Method, context.Request.Path)
            ? AccessRefusals.OutOfScope
            : null;
    }

    private static StringValues TakeCredentials(IHeaderDictionary headers, RouteAccess access)
    {
        headers.Remove(KeyHeader, out var presented);
        headers.Remove(GatewayIdentity.Header);
        headers.Authorization = default;

        if (!access.PassesDeviceKey)
        {
            headers.Remove(DeviceKeyHeader);
        }

        return presented;
    }
}

internal static class AccessGateSetup
{
    internal static void UseAccessGate(this IApplicationBuilder app) => app.UseMiddleware<AccessGate>();
}
