using Coworking.Gateway.Http;
using Yarp.ReverseProxy.Configuration;

namespace Coworking.Gateway.Access;

/// <summary>Which allowance a route's requests take from.</summary>
internal enum RouteLimit
{
    /// <summary>The key's, else the account's, else the address's.</summary>
    Caller,

    /// <summary>Nobody's: who watches us must not be kept from it.</summary>
    None,

    /// <summary>The device's own, and one for all devices of an address.</summary>
    Readings,

    /// <summary>The caller's, and where he makes a booking the account's for bookings.</summary>
    Bookings,
}

/// <summary>What the gate asks on a route. Without one on the endpoint, and without any endpoint, a key is asked for.</summary>
internal sealed record RouteAccess
{
    /// <summary>Names of the members in a route's Metadata of routes.json.</summary>
    internal const string Name = "Access";

    internal const string LimitName = "Limit";

    internal static readonly RouteAccess Key = new();
    internal static readonly RouteAccess Public = new() { IsPublic = true, MaxBodyBytes = RequestBounds.MaxSmallBodyBytes };
    internal static readonly RouteAccess Health = new() { IsPublic = true, Limit = RouteLimit.None };
    internal static readonly RouteAccess Admin = new() { IsForAdmins = true };
    internal static readonly RouteAccess Account = new() { IsForAccounts = true, MaxBodyBytes = RequestBounds.MaxSmallBodyBytes };
    internal static readonly RouteAccess Optional = new() { IsPublic = true, KeepsProof = true, MaxBodyBytes = RequestBounds.MaxSmallBodyBytes };

    /// <summary>Nobody is asked who he is.</summary>
    internal bool IsPublic { get; private init; }

    /// <summary>A route of the gateway itself; services judge their own routes.</summary>
    internal bool IsForAdmins { get; private init; }

    /// <summary>A route of the gateway itself for whoever is signed in; a key is nobody's account.</summary>
    internal bool IsForAccounts { get; private init; }

    /// <summary>Open to all, and its handler looks itself at what was brought as proof.</summary>
    internal bool KeepsProof { get; private init; }

    /// <summary>GET takes ?key=, because an EventSource cannot send headers.</summary>
    internal bool TakesKeyInQuery { get; private init; }

    /// <summary>x-device-key goes on to the service, which judges it.</summary>
    internal bool PassesDeviceKey { get; private init; }

    internal RouteLimit Limit { get; private init; }

    internal long MaxBodyBytes { get; private init; } = RequestBounds.MaxBodyBytes;

    // Where what there is is open to all.
    private static readonly PathString[] Open = ["/api/v1/auth", "/health", "/openapi", "/docs", "/.well-known"];

    /// <summary>Where nothing is at an address, or not for this method or media type: where all is open nobody needs a key to be told so.</summary>
    internal static RouteAccess Unmapped(PathString path) =>
        path == "/" || Array.Exists(Open, open => path.StartsWithSegments(open, StringComparison.OrdinalIgnoreCase)) ? Public : Key;

    internal static RouteAccess Of(RouteConfig route)
    {
        var word = route.Metadata?.GetValueOrDefault(Name);
        var access = word switch
        {
            null => Key,
            "public" => Public,
            "key-in-query" => new RouteAccess { TakesKeyInQuery = true },
            "device-key" => new RouteAccess { IsPublic = true, PassesDeviceKey = true },
            // A misspelt word must not open or shut a route in silence.
            _ => throw new InvalidOperationException($"routes.json: route {route.RouteId} has the unknown Access '{word}'"),
        };
        return access with { MaxBodyBytes = route.MaxRequestBodySize ?? RequestBounds.MaxBodyBytes, Limit = LimitOf(route) };
    }

    private static RouteLimit LimitOf(RouteConfig route) => route.Metadata?.GetValueOrDefault(LimitName) switch
    {
        null => RouteLimit.Caller,
        "none" => RouteLimit.None,
        "readings" => RouteLimit.Readings,
        "bookings" => RouteLimit.Bookings,
        var word => throw new InvalidOperationException($"routes.json: route {route.RouteId} has the unknown Limit '{word}'"),
    };
}
