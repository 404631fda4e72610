using System.Globalization;
using System.Net;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Availability;

public sealed class EndToEndTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    private const int Spaces = 7;
    private const int Step = 30;

    // Weeks with a jump of the clock, far enough ahead that no lead or past is in question; the arithmetic of those is tested without a database.
    private static readonly (string Zone, string Day)[] Nights =
    [
        ("Australia/Lord_Howe", "2040-04-01"), ("Australia/Lord_Howe", "2040-10-07"), ("America/Santiago", "2040-04-08"), ("America/Santiago", "2040-09-02"),
        ("Europe/Madrid", "2040-03-25"), ("Europe/Dublin", "2040-10-28"), ("America/Mexico_City", "2040-06-03"),
    ];

    [Fact]
    public async Task Each_slot_is_offered_where_a_booking_would_be_taken_and_nowhere_else()
    {
        var (offered, refused) = (0, 0);

        for (var seed = 0; seed < Spaces; seed++)
        {
            var random = new Random(seed);
            var (zone, day) = Nights[seed % Nights.Length];
            var from = DateTimeOffset.Parse(day, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).AddHours(-random.Next(6, 18));
            var (to, minutes) = (from.AddHours(30), 30 * random.Next(1, 6));
            var space = await SpaceAsync(random, zone, from);
            var answer = (await host.User.GetAsync($"/spaces/{space}/availability?from={Text(from)}&to={Text(to)}&minutes={minutes}&step={Step}")).Is(HttpStatusCode.OK);
            var starts = answer["slots"].EnumerateArray().Select(slot => slot.GetProperty("startTime").GetDateTimeOffset()).ToHashSet();
            var candidates = Grid(TimeZoneInfo.FindSystemTimeZoneById(zone), from, to.AddMinutes(-minutes)).ToList();
            Assert.Subset(candidates.ToHashSet(), starts);

            foreach (var (at, code) in await JudgeAsync(space, TimeZoneInfo.FindSystemTimeZoneById(zone), candidates, minutes))
            {
                Assert.True(starts.Contains(at) == (code is null), $"seed {seed}, {zone}: {at:O} is {(code is null ? "hidden" : $"offered, but {code}")}");
                _ = code is null ? offered++ : refused++;
            }
        }

        Assert.True(offered > 50 && refused > 50, $"{offered} offered, {refused} refused");
    }

    private async Task<Guid> SpaceAsync(Random random, string zone, DateTimeOffset from)
    {
        var space = await host.SpaceAsync(await host.LocationAsync(zone), more: new { bufferBefore = random.Next(2) * 15, bufferAfter = random.Next(2) * 10 });
        (await host.Admin.PutAsync(
            $"/iot/spaces/{space}/office-hours",
            random.Next(3) == 0 ? new { openTime = "20:00", closeTime = "04:00", workDays = new[] { 6, 7 } } : new { openTime = "01:30", closeTime = "19:00", workDays = new[] { 1, 6, 7 } })).Is(HttpStatusCode.OK);

        for (var at = from.AddHours(random.Next(0, 6)); at < from.AddHours(30); at = at.AddMinutes(random.Next(100, 500)))
        {
            var wish = Stage.Wish(space, at, random.Next(1, 7) / 4.0);
            wish["bookingDate"] = BookingDay.Text(BookingDay.DateIn(TimeZoneInfo.FindSystemTimeZoneById(zone), at));
            var booking = (await host.User.PostAsync("/bookings", wish)).Is(HttpStatusCode.Created);
            await host.ExecuteAsync("update bookings set status = $2 where id = $1", booking.Id, new[] { "confirmed", "held", "pending", "cancelled", "no_show" }[random.Next(5)]);
            at = at.AddMinutes(90);
        }

        // Last, so that nothing above is judged by it.
        var members = $$"""
            {"weeklyLimit":null,"openHoursEnforced":{{(random.Next(3) > 0 ? "true" : "false")}},"slotStepMinutes":{{(random.Next(2) == 0 ? "30" : "null")}},
            "closedDays":[{"date":"{{from.AddHours(random.Next(0, 200)):yyyy-MM-dd}}","name":"Fair"}]}
            """;
        await host.ExecuteAsync("insert into space_policies values ($1, $2::jsonb, nextval('policy_versions'), now())", space, members);
        return space;
    }

    private static IEnumerable<DateTimeOffset> Grid(TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset last)
    {
        for (var at = from; at <= last; at = at.AddMinutes(1))
        {
            if (TimeZoneInfo.ConvertTime(at, zone).TimeOfDay.Ticks % TimeSpan.FromMinutes(Step).Ticks == 0)
            {
                yield return at;
            }
        }
    }

    /// <summary>What booking says of each, without booking.</summary>
    private async Task<List<(DateTimeOffset At, string? Code)>> JudgeAsync(Guid space, TimeZoneInfo zone, List<DateTimeOffset> starts, int minutes)
    {
        var said = new List<(DateTimeOffset, string?)>();

        foreach (var start in starts)
        {
            var wish = Stage.Wish(space, start, minutes / 60.0);
            wish["bookingDate"] = BookingDay.Text(BookingDay.DateIn(zone, start));
            var answer = await host.User.PostAsync("/bookings?dryRun=true", wish);
            said.Add((start, answer.Status == HttpStatusCode.OK ? null : answer.Code));
        }

        return said;
    }

    private static string Text(DateTimeOffset at) => Coworking.Hosting.Json.InstantConverter.Text(at);
}
