using Coworking.Hosting.OpenApi;
using Coworking.Reservations.Bookings;

namespace Coworking.Reservations.Availability;

/// <summary>What the document says of free time.</summary>
internal static class AvailabilityDescribed
{
    private const int MostMinutes = SpanRules.MaxDays * 24 * 60;

    private static readonly Field From = Field.Instant("from", "Where the time begins that is asked about").Required();
    private static readonly Field To = Field.Instant("to", "Where it ends, at most 62 days later").Required();

    internal static readonly Operation Slots = new("Lists every slot of a space that the caller could book")
    {
        Gives = """
            {"spaceId":"b6194839-7438-4587-a52e-eeef27d00282","timezone":"America/Mexico_City","from":"2099-01-05T15:00:00.000Z","to":"2099-01-05T18:00:00.000Z",
            "minutes":60,"step":15,"slots":[{"startTime":"2099-01-05T15:00:00.000Z","endTime":"2099-01-05T16:00:00.000Z"}]}
            """,
        Query =
        [
            From, To, Field.Whole("minutes", 1, MostMinutes, "Length of the booking", usual: 60),
            Field.Whole("step", 5, 24 * 60, "Grid of the starts in minutes; by default the space's own, or 15"),
        ],
        Refuses = [AvailabilityRefusals.SpaceNotFound],
    };

    internal static readonly Operation Spaces = new("Finds spaces that are free, or nearly so")
    {
        Description = "First those that are free for all of the time, then those with the nearest shorter or shifted time.",
        Gives = Examples.Page("""
            {"space":{"id":"b6194839-7438-4587-a52e-eeef27d00282","name":"Sala Azul","capacity":8,"amenities":["whiteboard"],
            "locationId":"cfaa672e-cf6e-4192-8736-254ca954928c","locationName":"Torre de Innovación Norte","timezone":"America/Mexico_City"},
            "match":"whole","startTime":"2099-01-05T15:00:00.000Z","endTime":"2099-01-05T16:00:00.000Z","minutes":60,"distanceMinutes":0}
            """),
        Query =
        [
            From, To, Field.Whole("minutes", 1, MostMinutes, "The shortest that is of use; by default all of the time"),
            Field.Whole("attendees", 1, int.MaxValue, "How many people it must hold", usual: 1), Field.Uuid("locationId", "Only of this location"),
            Field.Of("amenities", "What it must have, with commas between"),
        ],
    };
}
