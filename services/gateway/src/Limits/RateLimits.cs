using Coworking.Gateway.Access;
using Coworking.Gateway.ApiKeys;
using Coworking.Hosting.Identity;

namespace Coworking.Gateway.Limits;

/// <summary>Whose bucket is whose, and what a request takes from which. Each gateway counts for itself.</summary>
internal sealed class RateLimits(LimitOptions options, TimeProvider clock, GatewayMetrics metrics)
{
    // A hundred bytes each once used: seven megabytes. Who is driven out by more than this many at once is no worse off (BucketTable).
    private const int Capacity = 65_536;

    private readonly BucketTable _addresses = new(options.PerAddress, Capacity, clock);
    private readonly BucketTable _accounts = new(options.PerAccount, Capacity, clock);
    private readonly BucketTable _bookings = new(options.Bookings, Capacity, clock);
    private readonly BucketTable _devices = new(options.PerDevice, Capacity, clock);
    private readonly BucketTable _deviceAddresses = new(options.DevicesPerAddress, Capacity / 4, clock);

    /// <summary>An account at the gate; all its sessions share what it may.</summary>
    internal Visitor OfAccount(Caller caller, Guid id, Guid? session = null)
    {
        var bytes = id.ToByteArray();
        var key = new BucketKey(BitConverter.ToUInt64(bytes), BitConverter.ToUInt64(bytes, 8));
        return new Visitor(caller, _accounts.Of(key), _bookings.Of(key)) { SessionId = session };
    }

    /// <summary>Takes one request of a visitor; what he has used up, where he may not.</summary>
    internal static TokenBucket? Take(HttpContext context, RouteAccess access, Visitor visitor, long now) =>
        access.Limit == RouteLimit.Bookings && visitor.Bookings is { } bookings && IsBooking(context.Request) && !bookings.TryTake(now)
            ? bookings
            : Take(context, visitor.Requests, now);

    /// <summary>Takes one request on a route that asks nobody who he is.</summary>
    internal TokenBucket? TakeOpen(HttpContext context, RouteAccess access, long now) => access.Limit switch
    {
        RouteLimit.None => null,
        RouteLimit.Readings => TakeReadings(context, now),
        _ => TakeStranger(context, now),
    };

    /// <summary>Takes one request of whoever is not known: his address answers for him.</summary>
    internal TokenBucket? TakeStranger(HttpContext context, long now) => Take(context, OfAddress(context), now);

    /// <summary>What an address has used up, if it has; takes nothing.</summary>
    internal TokenBucket? UsedUp(HttpContext context, long now) => OfAddress(context) is var bucket && bucket.IsEmpty(now) ? bucket : null;

    /// <summary>What the address has open, where nobody says who he is; of devices apart.</summary>
    internal InFlight OpenOf(HttpContext context, bool isDevice) => (isDevice ? OfDevices(context) : OfAddress(context)).Open;

    internal Task TooManyAsync(HttpContext context, TokenBucket bucket, long now, string what = "requests")
    {
        metrics.LimitRefused();
        return LimitAnswers.TooManyAsync(context, bucket, now, what);
    }

    // The address as well as the key: invented keys, which only iot-ingest can tell, have a new bucket each.
    private TokenBucket? TakeReadings(HttpContext context, long now)
    {
        var address = OfDevices(context);
        return KeyHash.TryOf(context.Request.Headers[AccessGate.DeviceKeyHeader], out var key)
            ? Take(context, _devices.Of(new BucketKey(key.A, key.B)), now) ?? Take(context, address, now)
            : Take(context, address, now);
    }

    private static TokenBucket? Take(HttpContext context, TokenBucket bucket, long now)
    {
        if (!bucket.TryTake(now))
        {
            return bucket;
        }

        if (bucket.IsRunningLow(now))
        {
            LimitAnswers.Stamp(context.Response.Headers, bucket, now);
        }

        return null;
    }

    private TokenBucket OfDevices(HttpContext context) => _deviceAddresses.Of(ClientAddress.KeyOf(context.Connection.RemoteIpAddress));

    private TokenBucket OfAddress(HttpContext context) => _addresses.Of(ClientAddress.KeyOf(context.Connection.RemoteIpAddress));

    // The collection itself (/api/v1/bookings), and not what is done to one of it; but a series that is made longer is new bookings, and a rehearsal is none.
    private static bool IsBooking(HttpRequest request) =>
        HttpMethods.IsPost(request.Method) && !string.Equals(request.Query["dryRun"], "true", StringComparison.OrdinalIgnoreCase) && request.Path.Value.AsSpan().TrimEnd('/') is var path && (path.Count('/') == 3 || path.EndsWith("/extend", StringComparison.OrdinalIgnoreCase));
}
