using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Coworking.Hosting.Json;
using Coworking.Local;

namespace Coworking.Bench;

/// <summary>P18: who is free, among 200 spaces with two weeks full of bookings.</summary>
internal static class P18
{
    private const double MustMilliseconds = 200;
    private const double AimMilliseconds = 50;
    private const int Spaces = 200;
    private const int Days = 14;

    // One every 80 minutes, of 10 to 69 minutes, round the clock: 250 in a space make 50,000, and few leave an hour between them.
    private const string Load = """
        with house as (
            insert into reservations.locations (id, name, latitude, longitude, timezone, created_at, updated_at)
            select gen_random_uuid(), 'Bench ' || n, 0, 0, (array['Europe/Madrid', 'America/Mexico_City', 'Australia/Lord_Howe', 'America/Santiago'])[1 + n % 4], now(), now()
            from generate_series(1, 20) n returning id),
        houses as (select id, row_number() over () as n from house),
        room as (
            insert into reservations.spaces (id, location_id, name, capacity, amenities, buffer_after_minutes, created_at, updated_at)
            select gen_random_uuid(), h.id, 'Room ' || i, 1 + i % 12, '{projector}', i % 2 * 5, now(), now()
            from generate_series(1, @spaces) i join houses h on h.n = 1 + i % 20 returning id, location_id, buffer_after_minutes),
        rooms as (select *, row_number() over () as n from room),
        hours as (
            insert into reservations.office_hours (id, space_id, open_time, close_time, timezone, work_days, created_at, updated_at)
            select gen_random_uuid(), id, '07:00', '21:00', 'Europe/Madrid', '{1,2,3,4,5}', now(), now() from rooms where n % 2 = 0),
        policy as (
            insert into reservations.space_policies (space_id, members, version, updated_at)
            select id, '{"openHoursEnforced":true,"slotStepMinutes":15,"minMinutes":15,"leadMinutes":30,"horizonDays":90}', nextval('reservations.policy_versions'), now() from rooms where n % 2 = 0),
        wish as (
            select r.id as space_id, r.location_id, r.buffer_after_minutes, gen_random_uuid() as id, b,
                @monday + b * make_interval(secs => @days * 86400.0 / @each) as starts, 10 + (b * 7 + r.n) % 60 as minutes
            from rooms r cross join generate_series(0, @each - 1) b)
        insert into reservations.bookings (id, space_id, location_id, client_email, client_email_key, booking_date, start_time, end_time, blocked_from, blocked_until,
            week_start, status, created_at, updated_at)
        select id, space_id, location_id, 'bench@example.com', 'bench@example.com', starts::date, starts, starts + minutes * interval '1 minute', starts,
            starts + (minutes + buffer_after_minutes) * interval '1 minute', date_trunc('week', starts)::date, 'confirmed', now(), now()
        from wish
        """;

    public static async Task<bool> RunAsync(RunOptions options, CancellationToken cancellationToken)
    {
        var each = options.Pick(10, 250, 250);
        var questions = options.Pick(10, 100, 300);
        await using var stage = await Stage.StartAsync(cancellationToken);
        var today = new DateTimeOffset(TimeProvider.System.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
        var monday = today.AddDays(8 - (int)today.DayOfWeek);
        await LoadAsync(stage, monday, each, cancellationToken);
        // What people ask: the whole two weeks for an hour, an afternoon, half a day with a need.
        (string Name, Func<int, string> Query)[] kinds =
        [
            ("14 days, an hour", _ => Ask(monday, monday.AddDays(Days), "&minutes=60")),
            ("14 days, 45 minutes, needs", i => Ask(monday, monday.AddDays(Days), $"&minutes=45&attendees={1 + (i % 10)}&amenities=projector")),
            ("two hours", i => Ask(monday.AddHours(9 + i), monday.AddHours(11 + i), "")),
        ];
        var worst = new Dictionary<string, List<double>>(StringComparer.Ordinal);
        var table = new StringBuilder().AppendLine("| round | question | p50, ms | p95, ms | longest, ms |").AppendLine("|---|---|---|---|---|");

        for (var round = 0; round <= options.Rounds; round++)
        {
            foreach (var (name, query) in kinds)
            {
                var times = await AskAsync(stage, query, round == 0 ? 2 * questions : questions, cancellationToken);
                times.Sort();

                if (round > 0)
                {
                    var p95 = times[(int)(0.95 * (times.Count - 1))];
                    worst.TryAdd(name, []);
                    worst[name].Add(p95);
                    table.AppendLine(CultureInfo.InvariantCulture, $"| {round} | {name} | {Comparison.Median(times):0.0} | {p95:0.0} | {times[^1]:0.0} |");
                }
            }
        }

        // The dearest question of each round counts.
        var all = Enumerable.Range(0, options.Rounds).Select(round => worst.Values.Max(kind => kind[round])).ToList();
        var line = string.Create(
            CultureInfo.InvariantCulture, $"p95 {Comparison.Median(all):0.0} ms ({all.Min():0.0}..{all.Max():0.0}) must < {MustMilliseconds:0} aim < {AimMilliseconds:0}");
        var what = string.Create(CultureInfo.InvariantCulture, $"""
            `GET /api/v1/availability` at reservations, HTTP and JSON included, {questions} questions of each kind a round, one after the other; {Spaces} spaces in 20 locations and 4 zones, half of them with
            office hours enforced and a step of 15 minutes, {Spaces * each:#,0} bookings in {Days} days, the outbox empty and iot-ingest ended. The p95 above is that of the dearest kind of each round.
            """);
        await Report.PageAsync("P18", "who is free", what, line, table.ToString(), options, cancellationToken);
        return Comparison.Median(all) < MustMilliseconds;
    }

    private static async Task LoadAsync(Stage stage, DateTimeOffset monday, int each, CancellationToken cancellationToken)
    {
        // A service that starts asks for all bookings; until it has heard of so many it would be measured with them.
        stage.Platform.IotIngestProcess.Kill();

        await using (var load = stage.Database.CreateCommand(Load))
        {
            load.CommandTimeout = 300;
            load.Parameters.AddWithValue("spaces", Spaces);
            load.Parameters.AddWithValue("days", Days);
            load.Parameters.AddWithValue("each", each);
            load.Parameters.AddWithValue("monday", monday);
            await load.ExecuteNonQueryAsync(cancellationToken);
        }

        var count = await stage.CountAsync("select count(*) from reservations.bookings where client_email = 'bench@example.com'", cancellationToken);

        if (count != Spaces * each)
        {
            throw new InvalidOperationException($"{count} bookings were loaded, not {Spaces * each}");
        }

        await stage.ExecuteAsync("vacuum analyze reservations.bookings", cancellationToken);
        await stage.ExecuteAsync("vacuum analyze reservations.spaces", cancellationToken);
        await stage.ExecuteAsync("checkpoint", cancellationToken);
        await Wait.UntilAsync(
            async () => await stage.CountAsync("select count(*) from reservations.outbox_messages", cancellationToken) == 0, TimeSpan.FromMinutes(2), "the outbox is empty", cancellationToken);
    }

    private static async Task<List<double>> AskAsync(Stage stage, Func<int, string> query, int questions, CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        var times = new List<double>(questions);

        for (var i = 0; i < questions; i++)
        {
            using var request = stage.Question(query(i % 24), stage.Platform.Reservations);
            var started = Stopwatch.GetTimestamp();
            using var response = await client.SendAsync(request, cancellationToken);
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            response.EnsureSuccessStatusCode();

            // Believed only when it has found something.
            if (i == 0 && JsonDocument.Parse(body).RootElement.GetProperty("meta").GetProperty("total").GetInt32() == 0)
            {
                throw new InvalidOperationException($"Nothing was found by {query(0)}");
            }
        }

        return times;
    }

    private static string Ask(DateTimeOffset from, DateTimeOffset to, string more) =>
        $"/api/v1/availability?from={InstantConverter.Text(from)}&to={InstantConverter.Text(to)}{more}&pageSize=50";
}
