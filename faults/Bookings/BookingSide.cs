using System.Globalization;
using System.Net.Http.Json;
using Coworking.Bench;
using Coworking.Hosting.Identity;

namespace Coworking.Faults.Bookings;

/// <summary>What came back.</summary>
/// <param name="Status">0 where the connection broke, or none came about.</param>
/// <param name="Text">The body; why it broke.</param>
/// <param name="SaysWhenToRetry">Retry-After is there.</param>
internal sealed record Reply(int Status, string Text, bool SaysWhenToRetry);

/// <summary>Whoever books: at reservations itself with the gateway's word where the service is what is tried, else through the gateway with a key.</summary>
internal sealed class BookingSide : IDisposable
{
    private static readonly Caller User = new("faults", "key", Roles.User, null, false, []);
    private static readonly Caller Admin = new("faults-admin", "key", Roles.Admin, null, false, []);

    private readonly HttpClient _http;
    private readonly Uri[] _addresses;
    private readonly IdentityTokenSigner? _signer;
    private readonly string _key;

    private BookingSide(Uri[] addresses, IdentityTokenSigner? signer, string key)
    {
        (_addresses, _signer, _key) = (addresses, signer, key);
        // What has not been answered by then counts as not answered at all.
        _http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 1000 }) { Timeout = TimeSpan.FromSeconds(30) };
    }

    /// <summary>Beyond anything that demo data could hold; a Monday.</summary>
    public static DateTimeOffset FirstHour { get; } = new(2027, 1, 4, 0, 0, 0, TimeSpan.Zero);

    public static BookingSide AtService(Stage stage, params Uri[] replicas) =>
        new(replicas.Length == 0 ? [stage.Platform.Reservations] : replicas, new IdentityTokenSigner(stage.Platform.Keys.SigningKey, TimeProvider.System), "");

    /// <summary>With a key of its own: demo data would bring readings that no device here has sent.</summary>
    public static async Task<BookingSide> AtGatewayAsync(Stage stage, CancellationToken cancellationToken)
    {
        var key = $"faults-{Guid.CreateVersion7():N}";
        await using var command = stage.Database.CreateCommand("""
            insert into gateway.api_keys (id, key_hash, role, label, created_at, limit_per_minute, limit_burst)
            values (gen_random_uuid(), sha256(convert_to($1, 'UTF8')), 'ADMIN', 'Faults', now(), 10000000, 1000000)
            """);
        command.Parameters.Add(new() { Value = key });
        await command.ExecuteNonQueryAsync(cancellationToken);
        return new BookingSide([stage.Platform.Gateway], null, key);
    }

    /// <summary>For the gateway where what is asked is not its limits.</summary>
    public static Dictionary<string, string?> WideOpen { get; } = new()
    {
        ["Limits__AdminKeyPerMinute"] = "10000000",
        ["Limits__AddressPerMinute"] = "10000000",
        ["Limits__InFlightPerKey"] = "10000",
        ["Limits__StreamsPerKey"] = "10000",
    };

    /// <summary>Spaces of a location of their own. With SQL: their coming is not what is tried.</summary>
    public static async Task<Guid[]> AddSpacesAsync(Stage stage, int count, CancellationToken cancellationToken)
    {
        var (location, spaces) = (Guid.CreateVersion7(), Enumerable.Range(0, count).Select(_ => Guid.CreateVersion7()).ToArray());
        await using var command = stage.Database.CreateCommand("""
            with home as (
                insert into reservations.locations (id, name, latitude, longitude, timezone, created_at, updated_at) values ($1, 'Faults', 19.4, -99.1, 'UTC', now(), now()))
            insert into reservations.spaces (id, location_id, name, capacity, created_at, updated_at) select id, $1, 'Faults ' || no, 8, now(), now() from unnest($2::uuid[]) with ordinality as s (id, no)
            """);
        command.Parameters.Add(new() { Value = location });
        command.Parameters.Add(new() { Value = spaces });
        await command.ExecuteNonQueryAsync(cancellationToken);
        return spaces;
    }

    /// <summary>The body of POST /bookings, as answers spell it.</summary>
    public static object Wish(Guid space, string email, DateTimeOffset start, TimeSpan length) =>
        new { spaceId = space, clientEmail = email, bookingDate = start.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), startTime = Text(start), endTime = Text(start + length) };

    private static string Text(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>A slot of its own for each number: an hour, space by space.</summary>
    public static object Numbered(Guid[] spaces, string who, long number) => Wish(
        spaces[number % spaces.Length], string.Create(CultureInfo.InvariantCulture, $"{who}-{number}@example.com"), FirstHour.AddHours(number / spaces.Length), TimeSpan.FromHours(1));

    public Task<Reply> BookAsync(object wish, CancellationToken cancellationToken, string? key = null, int turn = 0) =>
        SendAsync(HttpMethod.Post, "/api/v1/bookings", wish, isAdmin: false, cancellationToken, key, turn);

    /// <param name="method">Of HTTP.</param>
    /// <param name="path">From /api on.</param>
    /// <param name="body">Null: none.</param>
    /// <param name="isAdmin">At the gateway everybody is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="key">Idempotency-Key.</param>
    /// <param name="turn">Which replica, counted round.</param>
    public async Task<Reply> SendAsync(HttpMethod method, string path, object? body, bool isAdmin, CancellationToken cancellationToken, string? key = null, int turn = 0)
    {
        using var request = new HttpRequestMessage(method, new Uri(_addresses[turn % _addresses.Length], path)) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Add(_signer is null ? "x-api-key" : GatewayIdentity.Header, _signer is null ? _key : _signer.TokenFor(isAdmin ? Admin : User));

        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        try
        {
            using var answer = await _http.SendAsync(request, cancellationToken);
            return new Reply((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellationToken), answer.Headers.RetryAfter is not null);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return new Reply(0, e.Message, false);
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _signer?.Dispose();
    }
}
