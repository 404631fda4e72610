using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using Coworking.Reservations.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Coworking.Reservations.Tests.Bookings;

public sealed class BookingMetricsTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task Bookings_and_refusals_are_counted()
    {
        var meters = host.Services.GetRequiredService<IMeterFactory>();
        var counted = new ConcurrentQueue<string>();
        using var listener = new MeterListener();
        // Other classes run hosts of their own in this process: only the meter of this one counts.
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == "Coworking.Reservations" && ReferenceEquals(instrument.Meter.Scope, meters))
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => counted.Enqueue(instrument.Name + (tags.Length > 0 ? " " + tags[0].Value : "")));
        listener.Start();

        var (space, monday) = (await host.SpaceAsync(), Stage.Monday());
        var booking = await host.BookAsync(space, monday);
        (await host.User.PostAsync("/bookings", Stage.Wish(space, monday))).Is(HttpStatusCode.Conflict);
        (await host.User.DeleteAsync($"/bookings/{booking.Id}")).Is(HttpStatusCode.NoContent);
        Assert.Equal(["coworking.bookings.placed", "coworking.refusals booking.slot_taken", "coworking.bookings.cancelled"], counted);
    }
}
