using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using Coworking.Reservations.Tests.Series;
using Coworking.Reservations.Tests.Support;
using Coworking.Reservations.Tests.Waitlist;
using Microsoft.Extensions.DependencyInjection;

namespace Coworking.Reservations.Tests.Bookings;

public sealed class BookingMetricsTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    private const string Changed = "coworking.bookings.changed ";

    [Fact]
    public async Task Bookings_and_refusals_are_counted()
    {
        var counted = new ConcurrentQueue<string>();
        using var listener = Listen(counted);
        var (space, monday) = (await host.SpaceAsync(), Stage.Monday());
        var booking = await host.BookAsync(space, monday);
        (await host.User.PostAsync("/bookings", Stage.Wish(space, monday))).Is(HttpStatusCode.Conflict);
        (await host.User.DeleteAsync($"/bookings/{booking.Id}")).Is(HttpStatusCode.NoContent);
        Assert.Equal(
            [Changed + "confirmed", "coworking.bookings.placed", "coworking.refusals booking.slot_taken", Changed + "cancelled", "coworking.bookings.cancelled"], counted);
    }

    [Fact]
    public async Task Each_status_that_committed_is_counted_and_none_that_was_undone_or_rehearsed()
    {
        var counted = new ConcurrentQueue<string>();
        using var listener = Listen(counted);
        var (space, monday, key) = (await host.SpaceAsync(), Stage.Monday(), Guid.CreateVersion7().ToString());
        var body = SeriesTests.Body(space, monday.AddHours(9), new { every = "day", count = 2 });
        (await host.User.PostAsync("/booking-series?dryRun=true", body)).Is(HttpStatusCode.OK);
        var series = (await host.User.PostOnceAsync("/booking-series", body, key)).Is(HttpStatusCode.Created);
        (await host.User.PostOnceAsync("/booking-series", body, key)).Is(HttpStatusCode.Created);
        // Its first day can be had, and is undone with the second.
        (await host.User.PostAsync("/booking-series", SeriesTests.Body(space, monday.AddDays(-1).AddHours(9), new { every = "day", count = 2 }))).Is(HttpStatusCode.Conflict);
        await host.WaitAsync(space, monday.AddHours(9), monday.AddHours(10));
        var first = series["occurrences"][0].GetProperty("bookingId").GetGuid();
        (await host.User.PatchAsync($"/bookings/{first}", new { company = "Ant" })).Is(HttpStatusCode.OK);
        (await host.User.DeleteAsync($"/bookings/{first}")).Is(HttpStatusCode.NoContent);
        Assert.Equal(["confirmed", "confirmed", "cancelled", "held"], counted.Where(one => one.StartsWith(Changed, StringComparison.Ordinal)).Select(one => one[Changed.Length..]));
    }

    private MeterListener Listen(ConcurrentQueue<string> counted)
    {
        var meters = host.Services.GetRequiredService<IMeterFactory>();
        var listener = new MeterListener
        {
            // Other classes run hosts of their own in this process: only the meter of this one counts.
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == "Coworking.Reservations" && ReferenceEquals(instrument.Meter.Scope, meters))
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => counted.Enqueue(instrument.Name + (tags.Length > 0 ? " " + tags[0].Value : "")));
        listener.Start();
        return listener;
    }
}
