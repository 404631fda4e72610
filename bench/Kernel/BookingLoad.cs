using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Coworking.Local;
using Microsoft.AspNetCore.Http;

namespace Coworking.Bench;

/// <summary>
/// Bookings by number, each of a slot and for a client of its own: booking n is of space n % count, in the hour n / count. Spaces come with SQL, as their
/// coming is not what is measured; bookings come over HTTP at reservations itself, with an Idempotency-Key, and pass every rule.
/// </summary>
internal sealed class BookingLoad
{
    private const int Locations = 16;

    // No round may meet the hours of another; the first one lies beyond anything that demo data could hold.
    private static readonly DateTimeOffset First = new(2027, 1, 4, 0, 0, 0, TimeSpan.Zero);

    private readonly Stage _stage;
    private readonly Guid[] _spaces;
    private readonly Uri _service;

    // Two loads of one run number their bookings alike, and neither their keys nor their clients may be the same.
    private readonly string _name = Guid.CreateVersion7().ToString("N")[^8..];
    private long _next;

    private BookingLoad(Stage stage, Guid[] spaces, Uri service) => (_stage, _spaces, _service) = (stage, spaces, service);

    /// <summary>The same bookings of the same spaces at another service, which has a database of its own.</summary>
    public BookingLoad At(Uri service) => new(_stage, _spaces, service);

    public static async Task<BookingLoad> PrepareAsync(Stage stage, int spaces, CancellationToken cancellationToken)
    {
        var ids = Enumerable.Range(0, spaces).Select(_ => Guid.CreateVersion7()).ToArray();
        var locations = Enumerable.Range(0, Locations).Select(_ => Guid.CreateVersion7()).ToArray();
        await using var command = stage.Database.CreateCommand("""
            with homes as (
                insert into reservations.locations (id, name, latitude, longitude, timezone, created_at, updated_at)
                select id, 'Bench', 19.4, -99.1, 'America/Mexico_City', now(), now() from unnest($1::uuid[]) id)
            insert into reservations.spaces (id, location_id, name, capacity, created_at, updated_at)
            select id, ($1::uuid[])[1 + no % cardinality($1::uuid[])], 'Bench ' || no, 8, now(), now() from unnest($2::uuid[]) with ordinality as s (id, no)
            """);
        command.Parameters.Add(new() { Value = locations });
        command.Parameters.Add(new() { Value = ids });
        await command.ExecuteNonQueryAsync(cancellationToken);
        // What hears of bookings would be measured with them; its queue takes what is said meanwhile. Nobody comes by the gateway.
        stage.Platform.IotIngestProcess.Kill();
        stage.Platform.GatewayProcess.Kill();
        return new BookingLoad(stage, ids, stage.Platform.Reservations);
    }

    /// <summary>Places bookings over some connections, one at a time on each; one that is not taken fails the run.</summary>
    /// <returns>Bookings per second.</returns>
    public async Task<(double Rate, long Count)> RunAsync(int connections, TimeSpan duration, CancellationToken cancellationToken)
    {
        var (first, watch) = (Interlocked.Read(ref _next), Stopwatch.StartNew());
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Factory.StartNew(Place, cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        var count = Interlocked.Read(ref _next) - first;
        return (count / watch.Elapsed.TotalSeconds, count);

        void Place()
        {
            using var connection = new BareHttp(_service);

            while (watch.Elapsed < duration)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var number = Interlocked.Increment(ref _next);
                var (status, answer) = connection.Post(Bookings, HeadersOf($"{_name}-{number}"), BodyOf(number, client: number));

                if (status != StatusCodes.Status201Created)
                {
                    throw new InvalidOperationException($"Booking {number}: {answer}");
                }
            }
        }
    }

    /// <summary>Fails where the service does not keep the rules that cost: a key answers as before, a slot is given once, a client gets three bookings a week.</summary>
    public void MustKeepRules()
    {
        using var connection = new BareHttp(_service);
        var number = Interlocked.Increment(ref _next);
        var first = Ask(number, $"{_name}-rules-1");
        var again = Ask(number, $"{_name}-rules-1");
        var rival = Ask(number, $"{_name}-rules-2", client: 1);
        var week = new List<int>();

        // Three more of the same client, in the next hours of the same space.
        for (var hour = 1; hour <= 3; hour++)
        {
            week.Add((Ask(number + (hour * _spaces.Length), $"{_name}-week-{hour}", client: number)).Status);
        }

        Interlocked.Add(ref _next, 4 * _spaces.Length);

        if (first.Status != StatusCodes.Status201Created || again != first || rival.Status != StatusCodes.Status409Conflict
            || week is not [StatusCodes.Status201Created, StatusCodes.Status201Created, not StatusCodes.Status201Created])
        {
            throw new InvalidOperationException($"{_service} does not keep the rules: {first.Status}, {again.Status}, {rival.Status}, {string.Join(' ', week)}: {first.Body}");
        }

        (int Status, string Body) Ask(long slot, string key, long? client = null)
        {
            var (status, answer) = connection.Post(Bookings, HeadersOf(key), BodyOf(slot, client ?? slot));
            return (status, answer[answer.IndexOf('{', StringComparison.Ordinal)..]);
        }
    }

    private Uri Bookings => new(_service, "/api/v1/bookings");

    private string HeadersOf(string key) => $"{_stage.CommandHeader}\r\nIdempotency-Key: {key}\r\n";

    private string BodyOf(long number, long client)
    {
        var start = First.AddHours(number / _spaces.Length);
        return JsonSerializer.Serialize(new
        {
            spaceId = _spaces[number % _spaces.Length],
            clientEmail = string.Create(CultureInfo.InvariantCulture, $"client-{client}-{_name}@example.com"),
            bookingDate = start.AddDays(-1),
            startTime = start,
            endTime = start.AddHours(1),
        });
    }

    public Dictionary<string, int> Processes() => new()
    {
        ["reservations"] = _stage.Platform.ReservationsProcess.Id,
        ["PostgreSQL"] = _stage.Servers.Postgres.ProcessId,
        ["generator"] = Environment.ProcessId,
    };

    /// <summary>One side of a round: as many bookings as a time allows, counted afterwards.</summary>
    public async Task<Measured> MeasureAsync(int connections, TimeSpan duration, CancellationToken cancellationToken)
    {
        await _stage.ExecuteAsync("checkpoint", cancellationToken);
        var stored = await CountAsync(cancellationToken);
        var before = CpuTime.Of(Processes());
        var (rate, count) = await RunAsync(connections, duration, cancellationToken);
        var used = CpuTime.Since(before, CpuTime.Of(Processes()));

        if (await CountAsync(cancellationToken) - stored is var rows && rows != count)
        {
            throw new InvalidOperationException($"{count} bookings were taken, {rows} are stored");
        }

        return Measured.Of(rate, count, used);
    }

    /// <summary>Waits until nothing is left to do of the bookings: notices are spread, and the outbox is empty.</summary>
    public Task SettleAsync(CancellationToken cancellationToken) => Wait.UntilAsync(
        async () => await _stage.CountAsync("select (select count(*) from reservations.notices where spread_at is null) + (select count(*) from reservations.outbox_messages)", cancellationToken) == 0,
        TimeSpan.FromSeconds(60),
        "notices are spread and the outbox is empty",
        cancellationToken);

    private Task<long> CountAsync(CancellationToken cancellationToken) => _stage.CountAsync("select count(*) from reservations.bookings", cancellationToken);
}
