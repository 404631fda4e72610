using Coworking.Hosting.OpenApi;
using Coworking.Hosting.Problems;
using Coworking.Reservations.Bookings;

namespace Coworking.Reservations.Waitlist;

/// <summary>What the document says of the waitlist.</summary>
internal static class WaitlistDescribed
{
    private const string Example = """
        {"id":"0199d2a4-7c1e-7b60-9f0a-5d2c8f3e1a60","spaceId":"b6194839-7438-4587-a52e-eeef27d00282","locationId":null,"clientEmail":"ana@example.com","clientName":null,
        "from":"2099-01-05T15:00:00.000Z","to":"2099-01-05T20:00:00.000Z","minutes":60,"attendees":null,"priority":0,"status":"waiting","version":1,
        "createdAt":"2099-01-02T10:00:00.000Z","updatedAt":"2099-01-02T10:00:00.000Z","offer":null}
        """;

    private const string Offer = """
        {"status":"open","bookingId":"0199d2a4-7c1e-7b60-9f0a-5d2c8f3e1a10","space":{"id":"b6194839-7438-4587-a52e-eeef27d00282","name":"Sala Azul"},
        "locationId":"cfaa672e-cf6e-4192-8736-254ca954928c","locationName":"Torre de Innovación Norte","timezone":"America/Mexico_City",
        "start":"2099-01-05T15:00:00.000Z","end":"2099-01-05T16:00:00.000Z","heldUntil":"2099-01-04T15:00:00.000Z"}
        """;

    private const string ForPeople = "The token is the key. A browser gets a page; JSON is for those whose Accept names it and not text/html.";

    private static readonly Refusal[] Answered = [WaitlistRefusals.OfferNotFound, WaitlistRefusals.OfferClaimed, WaitlistRefusals.OfferDeclined, WaitlistRefusals.OfferExpired];

    internal static readonly Operation List = new("Lists who waits")
    {
        Description = "In the order in which they are served.",
        Gives = Examples.Page(Example),
        Query =
        [
            Field.Uuid("spaceId", "Only for this space"), Field.Uuid("locationId", "Only for any space of this location"),
            Field.Of("clientEmail", "Only of this client"), Field.Word("status", WaitlistEntry.Statuses, "Only of this status"),
        ],
    };

    internal static readonly Operation Join = new("Waits for time in a space or a location to become free")
    {
        Takes = """
            {"spaceId":"b6194839-7438-4587-a52e-eeef27d00282","clientEmail":"ana@example.com","from":"2099-01-05T15:00:00Z","to":"2099-01-05T20:00:00Z","minutes":60}
            """,
        Gives = Example,
        AnswersETag = true,
        Refuses =
        [
            WaitlistRefusals.Past, WaitlistRefusals.NobodyFits, BookingRefusals.NotYourEmail, WaitlistRefusals.PriorityForAdmins, WaitlistRefusals.SpaceNotFound,
            WaitlistRefusals.LocationNotFound, WaitlistRefusals.NotBookable, WaitlistRefusals.TooMany,
        ],
    };

    internal static readonly Operation Get = new("Reads an entry of the waitlist") { Gives = Example, AnswersETag = true, Refuses = [WaitlistRefusals.NotFound] };

    internal static readonly Operation Leave = new("Leaves the waitlist")
    {
        Description = "What is offered at the moment goes to the next.",
        TakesIfMatch = true,
        Refuses = [WaitlistRefusals.NotFound, WaitlistRefusals.Over, BookingRefusals.SlotContest.Lost, WaitlistRefusals.Stale(2)],
    };

    internal static readonly Operation Show = new("Shows an offer of the waitlist") { Description = ForPeople, Gives = Offer, Refuses = Answered };

    internal static readonly Operation Claim = new("Takes an offer: the time is booked")
    {
        Id = "ClaimOffer",
        Description = ForPeople,
        Gives = Offer,
        Refuses = [.. Answered, BookingRefusals.SlotContest.Lost],
    };

    internal static readonly Operation Decline = new("Declines an offer: the time goes to the next")
    {
        Id = "DeclineOffer",
        Description = ForPeople,
        Gives = Offer,
        Refuses = [.. Answered, BookingRefusals.SlotContest.Lost],
    };
}
