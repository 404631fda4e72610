using Coworking.Gateway.ApiKeys;
using Coworking.Gateway.Limits;
using Coworking.Gateway.Sessions;
using Coworking.Hosting.Identity;
using Coworking.Hosting.Problems;

namespace Coworking.Gateway.Access;

/// <summary>
/// Asks every caller who he is, before it says whether there is anything at the address; counts his requests; strips what clients sent as
/// proof, and vouches for them instead.
/// </summary>
/// <remarks>Not the framework's authentication: its ticket and principal per request cost more than all of this, and no handler here wants them.</remarks>
internal sealed class AccessGate(RequestDelegate next, Visitors visitors, RateLimits limits, IdentityTokenSigner signer, GatewayMetrics metrics, TimeProvider clock)
{
    internal const string KeyHeader = "x-api-key";
    internal const string DeviceKeyHeader = "x-device-key";

    public Task InvokeAsync(HttpContext context)
    {
        var access = context.GetEndpoint()?.Metadata.GetMetadata<RouteAccess>() ?? RouteAccess.Unmapped(context.Request.Path);
        var credential = TakeCredentials(context.Request, access);

        if (access.IsPublic)
        {
            if (access.KeepsProof)
            {
                context.Features.Set(new Presented(credential));
            }

            return EnterOpenAsync(context, access);
        }

        if (credential.Kind == CredentialKind.None)
        {
            return TurnAwayAsync(context, access, credential);
        }

        if (visitors.TryRecall(credential, out var visitor))
        {
            return EnterAsync(context, access, credential, visitor);
        }

        // Whoever has guessed too often may not make the database work for more of it.
        var now = clock.GetTimestamp();
        return limits.UsedUp(context, now) is { } empty ? limits.TooManyAsync(context, empty, now) : AskAsync(context, access, credential);
    }

    private async Task AskAsync(HttpContext context, RouteAccess access, Credential credential)
    {
        // To verify a token is no work for a loop.
        await Task.Yield();
        await EnterAsync(context, access, credential, await visitors.AskAsync(credential, context.RequestAborted));
    }

    private Task EnterAsync(HttpContext context, RouteAccess access, Credential credential, Visitor? visitor)
    {
        if (visitor is null)
        {
            return TurnAwayAsync(context, access, credential);
        }

        var now = clock.GetTimestamp();

        if (RateLimits.Take(context, access, visitor, now) is { } empty)
        {
            return limits.TooManyAsync(context, empty, now, empty == visitor.Bookings ? "bookings" : "requests");
        }

        if (Refuse(context, access, visitor.Caller) is { } refusal)
        {
            metrics.KeyRefused();
            return refusal.ToProblem().ExecuteAsync(context);
        }

        // For our own handlers, and for what counts the requests that he has open; services are told by the token.
        context.Features.Set(visitor);
        context.Request.Headers[GatewayIdentity.Header] = visitor.Token(signer, clock, now);
        return next(context);
    }

    private Task EnterOpenAsync(HttpContext context, RouteAccess access)
    {
        var now = clock.GetTimestamp();
        return limits.TakeOpen(context, access, now) is { } empty ? limits.TooManyAsync(context, empty, now) : next(context);
    }

    /// <summary>401, which counts against the address: who guesses is soon told to wait instead.</summary>
    private Task TurnAwayAsync(HttpContext context, RouteAccess access, Credential credential)
    {
        metrics.KeyRefused();
        var now = clock.GetTimestamp();
        return limits.TakeStranger(context, now) is { } empty ? limits.TooManyAsync(context, empty, now) : AccessRefusals.Of(credential.Kind, access).ToProblem().ExecuteAsync(context);
    }

    private static Refusal? Refuse(HttpContext context, RouteAccess access, Caller caller)
    {
        if (access.IsForAdmins && !caller.IsAdmin)
        {
            return AccessRefusals.AdminOnly;
        }

        if (access.IsForAccounts && caller.Kind != SessionStore.Kind)
        {
            return AccessRefusals.AccountOnly;
        }

        if (caller.Scopes.Count == 0)
        {
            return null;
        }

        // A narrowed key that may make keys could make itself a wide one.
        return (access.IsForAdmins && !HttpMethods.IsGet(context.Request.Method)) || !KeyScopes.Allow(caller.Scopes, context.Request.Method, context.Request.Path)
            ? AccessRefusals.OutOfScope
            : null;
    }

    private static Credential TakeCredentials(HttpRequest request, RouteAccess access)
    {
        var credential = Credential.Take(request, access);
        request.Headers.Remove(GatewayIdentity.Header);

        if (!access.PassesDeviceKey)
        {
            request.Headers.Remove(DeviceKeyHeader);
        }

        return credential;
    }
}

internal static class AccessGateSetup
{
    internal static void UseAccessGate(this IApplicationBuilder app) => app.UseMiddleware<AccessGate>();
}
