using Coworking.Contracts;
using Coworking.Hosting.Http;

namespace Coworking.Reservations.Bookings;

/// <summary>A client's claim on a space for a time. Cancelled ones stay as history.</summary>
internal sealed class Booking
{
    private Booking()
    {
    }

    public Guid Id { get; private init; }

    public Guid SpaceId { get; private set; }

    public Guid LocationId { get; private set; }

    /// <summary>Which of several equal units of the space; there is one so far.</summary>
    public int UnitNo { get; private init; } = Slot.OnlyUnit;

    public string ClientEmail { get; private set; } = "";

    /// <summary>What two spellings of the e-mail have in common.</summary>
    public string ClientEmailKey { get; private set; } = "";

    public string Source { get; private init; } = "api";

    public string? ClientName { get; private set; }

    public string? Company { get; private set; }

    public string? Phone { get; private set; }

    public string? Inquiry { get; private set; }

    public int? Attendees { get; private set; }

    public DateOnly BookingDate { get; private set; }

    public DateTimeOffset StartTime { get; private set; }

    public DateTimeOffset EndTime { get; private set; }

    /// <summary>Start and end with the buffers that the space had when this was written.</summary>
    public DateTimeOffset BlockedFrom { get; private set; }

    public DateTimeOffset BlockedUntil { get; private set; }

    /// <summary>Monday of the ISO week that this counts for, in the zone that the location had when this was written.</summary>
    public DateOnly WeekStart { get; private set; }

    public string Status { get; private set; } = BookingStatus.Confirmed;

    /// <summary>Why it has its status, in the words of who gave it.</summary>
    public string? StatusReason { get; private set; }

    /// <summary>When a hold lapses; null where it is none.</summary>
    public DateTimeOffset? HeldUntil { get; private set; }

    /// <summary>Why the reception must look at it; null where all is well.</summary>
    public string? Attention { get; private set; }

    public Guid? SeriesId { get; private set; }

    /// <summary>The start that its series gave it, however it was moved since.</summary>
    public DateTimeOffset? SeriesOriginalStart { get; private set; }

    public long Version { get; private set; }

    public DateTimeOffset? CheckedInAt { get; private set; }

    /// <summary>client, staff or sensor; null where nobody has come.</summary>
    public string? CheckInSource { get; private set; }

    /// <summary>JSON; what a sensor saw.</summary>
    public string? CheckInEvidence { get; private set; }

    /// <summary>When a no-show gave its slot back.</summary>
    public DateTimeOffset? ReleasedAt { get; private set; }

    /// <summary>Version of the policy it was judged by; 0 is the default policy.</summary>
    public int PolicyVersion { get; private set; }

    /// <summary>The mail server took the news of it for the client.</summary>
    public bool ConfirmationSent { get; private set; }

    /// <summary>The mail server took a reminder of its present time.</summary>
    public bool ReminderSent { get; private set; }

    /// <summary>When the client is to be reminded next; null: no more.</summary>
    public DateTimeOffset? NextReminderAt { get; private set; }

    /// <summary>Since when its client has this space at this start for sure: placed, moved or confirmed, whichever was last. Nobody can have come to it before.</summary>
    public DateTimeOffset StandsSince { get; private set; }

    public DateTimeOffset CreatedAt { get; private init; }

    public DateTimeOffset UpdatedAt { get; private set; }

    /// <summary>Name of its space, known where it was judged in this transaction; not kept.</summary>
    internal string? SpaceName { get; private set; }

    internal bool IsLive => BookingStatus.Live.Contains(Status);

    internal static Booking Place(BookingWish wish, Slot slot, Terms terms, DateTimeOffset now)
    {
        var booking = new Booking
        {
            Id = Guid.CreateVersion7(now),
            CreatedAt = now,
            Source = terms.Source,
            SeriesId = terms.SeriesId,
            SeriesOriginalStart = terms.SeriesOriginalStart,
            HeldUntil = terms.HeldUntil,
            Status = terms.Status ?? FirstStatus(wish, slot, terms, now),
        };
        booking.Move(wish, slot, now);
        return booking;
    }

    /// <summary>What waits at its start lapses: whom staff let in already is not asked to wait.</summary>
    internal static string FirstStatus(BookingWish wish, Slot slot, Terms terms, DateTimeOffset now) =>
        slot.Space.Policy.RequiresApproval && !(terms.MayBePast && wish.Start <= now) ? BookingStatus.Pending : BookingStatus.Confirmed;

    internal void Move(BookingWish wish, Slot slot, DateTimeOffset now)
    {
        // A new end or new details make nobody come later.
        var isOtherClient = ClientEmailKey.Length > 0 && ClientEmailKey != EmailAddress.Key(wish.ClientEmail);
        StandsSince = (SpaceId, StartTime, ClientEmailKey) == (wish.SpaceId, wish.Start, EmailAddress.Key(wish.ClientEmail)) ? StandsSince : now;
        (SpaceId, LocationId, SpaceName) = (slot.Space.Id, slot.Space.LocationId, slot.Space.Name);
        (ClientEmail, ClientEmailKey) = (wish.ClientEmail, EmailAddress.Key(wish.ClientEmail));
        (ClientName, Company, Phone, Inquiry, Attendees) = (wish.ClientName, wish.Company, wish.Phone, wish.Inquiry, wish.Attendees);
        (StartTime, EndTime, BlockedFrom, BlockedUntil) = (wish.Start, wish.End, slot.BlockedFrom, slot.BlockedUntil);
        (BookingDate, WeekStart, PolicyVersion) = (slot.Day, slot.Week, slot.Space.Policy.Version);
        // Whoever has it now has been told nothing yet.
        (ConfirmationSent, ReminderSent) = (ConfirmationSent && !isOtherClient, ReminderSent && !isOtherClient);
        // What reception was asked to look at was the booking as it stood.
        Attention = null;
        Touch(now);
    }

    /// <summary>What was confirmed elsewhere waits for staff where a space asks for it.</summary>
    internal void AwaitApproval() => Status = BookingStatus.Pending;

    /// <summary>What waited for staff goes where nobody is asked.</summary>
    internal void NeedNoApproval(DateTimeOffset now) => (Status, StandsSince) = (BookingStatus.Confirmed, now);

    /// <summary>Takes another status; whether it may is for the desk to say.</summary>
    internal void Become(string status, DateTimeOffset now, string? reason)
    {
        (Status, StatusReason, Attention) = (status, reason, null);
        HeldUntil = status == BookingStatus.Confirmed ? null : HeldUntil;
        StandsSince = status == BookingStatus.Confirmed ? now : StandsSince;
        ReleasedAt = status == BookingStatus.NoShow ? now : null;

        if (status == BookingStatus.InProgress)
        {
            CheckIn(CheckInSource ?? CheckInSources.Staff, CheckInEvidence, now);
        }

        // Cut at its real end; the buffer after it stays.
        if (status == BookingStatus.Completed && now < EndTime)
        {
            var until = now + (BlockedUntil - EndTime);
            BlockedUntil = until < BlockedFrom ? BlockedFrom : until;
        }

        Touch(now);
    }

    /// <summary>Says by whom it was seen that the client has come; goes before the status in_progress.</summary>
    internal void CheckIn(string source, string? evidence, DateTimeOffset now) =>
        (CheckInSource, CheckInEvidence, CheckedInAt) = (source, evidence, CheckedInAt ?? now);

    /// <summary>Keeps on what a judgement rests that is no check-in.</summary>
    internal void Judged(string evidence) => CheckInEvidence = evidence;

    /// <summary>Asks the reception to look, until something changes. No new version: whoever edits it meanwhile need not read it again.</summary>
    internal void Flag(string attention) => Attention = attention;

    /// <summary>Belongs to that series from now on; null: to none.</summary>
    internal void Join(Guid? seriesId, DateTimeOffset? originalStart) => (SeriesId, SeriesOriginalStart) = (seriesId, originalStart);

    /// <summary>When its client is reminded next; of a new time nobody has been reminded yet.</summary>
    internal void RemindAt(DateTimeOffset? next, bool isNewTime) => (NextReminderAt, ReminderSent) = (next, ReminderSent && !isNewTime);

    /// <summary>Its space now stands elsewhere.</summary>
    internal void Relocate(Guid locationId, TimeZoneInfo zone, DateTimeOffset now)
    {
        LocationId = locationId;
        CountIn(zone);
        Touch(now);
    }

    /// <summary>Counts for the week of its start on the wall of that zone. No new version: nobody is shown it.</summary>
    internal void CountIn(TimeZoneInfo zone) => WeekStart = IsoWeek.StartOf(BookingDay.DateIn(zone, StartTime));

    internal BookingPlaced Placed() => new(Guid.CreateVersion7(UpdatedAt), UpdatedAt, Version, Facts());

    internal BookingMoved Moved() => new(Guid.CreateVersion7(UpdatedAt), UpdatedAt, Version, Facts());

    internal BookingCancelled Cancelled() => new(Guid.CreateVersion7(UpdatedAt), UpdatedAt, Version, Facts());

    internal BookingStarted Started() => new(Guid.CreateVersion7(UpdatedAt), UpdatedAt, Version, Facts());

    internal BookingEnded Ended() => new(Guid.CreateVersion7(UpdatedAt), UpdatedAt, Version, Facts());

    internal BookingFacts Facts() => new(Id, SpaceId, LocationId, StartTime, EndTime, BlockedFrom, BlockedUntil, Status);

    private void Touch(DateTimeOffset now) => (Version, UpdatedAt) = (Version + 1, now);
}
