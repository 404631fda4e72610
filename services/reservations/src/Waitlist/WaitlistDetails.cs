using System.ComponentModel.DataAnnotations;
using Coworking.Hosting.Http;
using Coworking.Hosting.OpenApi;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;

namespace Coworking.Reservations.Waitlist;

/// <summary>What a client waits for, as text where a form has to be judged, so that all that is wrong can be told at once.</summary>
internal sealed record WaitlistDetails(
    [property: Format("uuid")] string? SpaceId,
    [property: Format("uuid")] string? LocationId,
    [property: Required, Format("email"), StringLength(254)] string? ClientEmail,
    [property: StringLength(200)] string? ClientName,
    [property: Required, Format("date-time")] string? From,
    [property: Required, Format("date-time")] string? To,
    [property: Required, Range(1, 20160)] int? Minutes,
    [property: Range(1, int.MaxValue)] int? Attendees,
    [property: Range(-1000, 1000)] int? Priority)
{
    private const int MostPriority = 1000;

    // A wish this wide is no wish for a time any more, and every change of the space would have to look at it.
    private static readonly TimeSpan Widest = TimeSpan.FromDays(62);

    /// <summary>The wish they spell, or everything that is malformed.</summary>
    internal Outcome<WaitlistWish> Read()
    {
        var fields = new FieldErrors();
        var email = ClientEmail?.Trim() ?? "";
        fields.Require((SpaceId is null) != (LocationId is null), "spaceId", "Either spaceId or locationId must be given");
        var space = SpaceId is null ? default(Guid?) : fields.Uuid("spaceId", SpaceId);
        var location = LocationId is null ? default(Guid?) : fields.Uuid("locationId", LocationId);
        fields.Require(EmailAddress.IsValid(email), "clientEmail", "Invalid email");
        var name = fields.Text("clientName", ClientName, 200);
        var (from, to) = (fields.Instant("from", From), fields.Instant("to", To));
        var most = SpanRules.MaxDays * 24 * 60;
        fields.Require(Minutes is >= 1 && Minutes <= most, "minutes", $"minutes must be a whole number from 1 to {most}");
        fields.Require(Attendees is null or >= 1, "attendees", "attendees must be a whole number of at least 1");
        fields.Require(Priority is null or (>= -MostPriority and <= MostPriority), "priority", $"priority must be a whole number from -{MostPriority} to {MostPriority}");

        if (from is { } start && to is { } end)
        {
            fields.Require(end > start, "to", "to must be after from");
            fields.Require(end - start <= Widest, "to", $"to must be at most {Widest.Days} days after from");
            fields.Require(end <= start || Minutes is null || end - start >= TimeSpan.FromMinutes(Minutes.Value), "minutes", "minutes must fit between from and to");
        }

        return fields.Refusal is { } refusal
            ? refusal
            : new WaitlistWish(space, location, email, name, from!.Value, to!.Value, Minutes!.Value, Attendees, Priority ?? 0);
    }
}

/// <summary>A well-formed wish to wait.</summary>
internal sealed record WaitlistWish(
    Guid? SpaceId, Guid? LocationId, string ClientEmail, string? ClientName, DateTimeOffset From, DateTimeOffset To, int Minutes, int? Attendees, int Priority);
