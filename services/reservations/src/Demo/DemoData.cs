using Coworking.Contracts;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Coworking.Reservations.Locations;
using Coworking.Reservations.Messaging;
using Coworking.Reservations.OfficeHours;
using Coworking.Reservations.Spaces;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Demo;

/// <summary>The verb demo: the data that the public contract promises to demonstrations. Running it again adds only what is missing.</summary>
internal sealed class DemoData(ReservationsDb db, BookingDesk desk, DateTimeOffset now)
{
    private const string Zone = "America/Mexico_City";

    private static readonly Guid North = new("cfaa672e-cf6e-4192-8736-254ca954928c");
    private static readonly Guid South = new("3f1c44fe-d226-4c7a-9192-15c547011bda");
    private static readonly Guid Blue = new("b6194839-7438-4587-a52e-eeef27d00282");
    private static readonly Guid Green = new("7058a9a0-0fe6-4b77-b926-43ab0051eaee");
    private static readonly Guid Pantry = new("5f0b7d1e-2c4a-4a7b-9d3e-6e1a0c8b4f21");

    private static readonly (Guid Id, LocationDetails Details)[] Locations =
    [
        (North, new("Torre de Innovación Norte", 19.4326, -99.1332, Zone, "Av. Insurgentes Norte 100, Ciudad de México", ["norte@example.com"])),
        (South, new("Hub Creativo Sur", 19.4284, -99.1671, Zone, "Av. Revolución 200, Ciudad de México", ["sur@example.com"])),
    ];

    private static readonly (Guid Id, SpaceDetails Details, Hours? Hours)[] Spaces =
    [
        (Blue, Room(North, "Sala Azul", 8, "AZ-01", "projector", "whiteboard"), new(9, 18, [1, 2, 3, 4, 5])),
        (Green, Room(North, "Área Colaborativa Verde", 20, "VE-01", "whiteboard", "coffee"), new(8, 20, [1, 2, 3, 4, 5])),
        (new("d7ec71e6-263f-4cf2-a712-9e842f7694f4"), Room(South, "Cabina Creativa A", 4, "CA-01", "screen"), new(9, 17, [1, 2, 3, 4, 5])),
        (new("8a3be298-fde7-4e7f-9250-44ba968760a8"), Room(South, "Sala Principal", 30, "PR-01", "stage", "projector"), new(8, 22, [1, 2, 3, 4, 5, 6])),
        (Pantry, Room(North, "Despensa", 2, "DE-01") with { Kind = SpaceKinds.Pantry, Climate = new SpaceClimate(2, 8, 120) }, null),
    ];

    internal static async Task LoadAsync(IServiceProvider services)
    {
        var demo = new DemoData(
            services.GetRequiredService<ReservationsDb>(),
            services.GetRequiredService<BookingDesk>(),
            services.GetRequiredService<TimeProvider>().GetUtcNow());
        var locations = await CountAsync(Locations, location => demo.RegisterAsync(location.Id, location.Details));
        var spaces = await CountAsync(Spaces, space => demo.RegisterAsync(space.Id, space.Details, space.Hours));
        var bookings = await CountAsync(
            [(Blue, "ana@example.com", 9), (Green, "carlos@example.com", 14)], booking => demo.PlaceTomorrowAsync(booking.Item1, booking.Item2, booking.Item3));
        services.GetRequiredService<ILogger<DemoData>>().DemoLoaded(locations, spaces, bookings);
    }

    private async Task<bool> RegisterAsync(Guid id, LocationDetails details)
    {
        if (await db.Locations.AnyAsync(location => location.Id == id))
        {
            return false;
        }

        var location = Location.Register(id, details, now);
        db.Locations.Add(location);
        db.Say(location.Said(ChangeKinds.Registered));
        await db.SaveChangesAsync();
        return true;
    }

    private async Task<bool> RegisterAsync(Guid id, SpaceDetails details, Hours? hours)
    {
        if (await db.Spaces.AnyAsync(space => space.Id == id))
        {
            return false;
        }

        var outcome = await db.DecideAsync<Space>(
            async token =>
            {
                var space = Space.Register(id, details.WithDefaults(), now);
                db.Spaces.Add(space);
                // Before its hours, which refer to it: the model knows of no relation by which to order them.
                await db.SaveChangesAsync(token);

                if (hours is not null)
                {
                    var kept = SpaceHours.Usual(id, Zone, now);
                    kept.Change(new TimeOnly(hours.Open, 0), new TimeOnly(hours.Close, 0), Zone, hours.Days, now);
                    db.Hours.Add(kept);
                }

                await db.SaveChangesAsync(token);
                await db.SaySpaceAsync(space, ChangeKinds.Registered, token);
                await db.SaveChangesAsync(token);
                return space;
            },
            CancellationToken.None);
        return outcome.Refusal is null;
    }

    /// <summary>Two hours from a full hour tomorrow; nothing where a rule objects, above all the booking of an earlier run.</summary>
    private async Task<bool> PlaceTomorrowAsync(Guid spaceId, string email, int hour)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(Zone);
        var tomorrow = BookingDay.DateIn(zone, now).AddDays(1);
        var start = new DateTimeOffset(TimeZoneInfo.ConvertTimeToUtc(tomorrow.ToDateTime(new TimeOnly(hour, 0)), zone), TimeSpan.Zero);
        _ = BookingDay.TryParse(BookingDay.Text(tomorrow), out var day);
        var wish = new BookingWish(spaceId, email, day, start, start.AddHours(2), null, null, null, null, null);

        var outcome = await db.DecideAsync(
            token => desk.PlaceAsync(wish, new Terms(BookingSources.Console, MayBePast: false), now, token), CancellationToken.None, BookingRefusals.SlotContest);
        return outcome.Refusal is null;
    }

    private static async Task<int> CountAsync<T>(IEnumerable<T> items, Func<T, Task<bool>> add)
    {
        var added = 0;

        foreach (var item in items)
        {
            added += await add(item) ? 1 : 0;
        }

        return added;
    }

    private static SpaceDetails Room(Guid locationId, string name, int capacity, string reference, params string[] amenities) =>
        new(locationId.ToString(), name, reference, capacity, null, null, null, null, amenities, null, null, null);

    private sealed record Hours(int Open, int Close, int[] Days);
}
