using Coworking.Hosting.Problems;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;

namespace Coworking.Reservations.Series;

/// <summary>Turns the dates of a series into bookings, each judged by every rule, the ones before it included.</summary>
internal static class Occurrences
{
    /// <summary>The dates that a rule says, or why it says too few or too many.</summary>
    internal static Outcome<List<Occurrence>> Of(Recurrence rule, TimeZoneInfo zone, string prefix)
    {
        if (!rule.BeginsOnItsDay)
        {
            return SeriesRefusals.NotOnItsDay;
        }

        var all = rule.In(zone).Take(Recurrence.Most + 1).ToList();
        return all.Count == 0 ? SeriesRefusals.Empty
            : all.Count > Recurrence.Most ? SeriesRefusals.TooMany(prefix + "until")
            : all.Count < rule.Count ? SeriesRefusals.BeyondTheCalendar(prefix + "count")
            : all;
    }

    /// <summary>Places what can be placed. The series must be saved; the tracker is emptied on the way, or 366 bookings would each be looked through 366 times.</summary>
    internal static async Task<List<FailedOccurrence>> PlaceAsync(
        ReservationsDb db, BookingDesk desk, BookingSeries series, IReadOnlyList<Occurrence> all, string onConflict, bool mayBePast, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (kept, failed) = (new List<SeriesOccurrence>(), new List<FailedOccurrence>());

        foreach (var one in all)
        {
            var terms = new Terms(BookingSources.Series, mayBePast, SeriesId: series.Id, SeriesOriginalStart: one.Start);
            var placed = await desk.PlaceAsync(Wish(series.SpaceId, series.Client, one), terms, now, cancellationToken);
            db.ChangeTracker.Clear();

            if (placed.IsRefused(out var refusal, out var booking))
            {
                failed.Add(new FailedOccurrence(one, refusal));
                var outcome = onConflict == SeriesDetails.Suggest ? SeriesOccurrence.Refused : SeriesOccurrence.Skipped;
                kept.Add(SeriesOccurrence.Of(series, one, bookingId: null, outcome, refusal.Code, refusal.Message));
            }
            else
            {
                kept.Add(SeriesOccurrence.Of(series, one, booking.Id));
            }
        }

        db.SeriesOccurrences.AddRange(kept);
        await db.SaveChangesAsync(cancellationToken);
        return failed;
    }

    /// <summary>The same with what is free instead, where that is wanted and nothing but the slot stands against a date. After the decision: it takes no lock.</summary>
    internal static async Task<IReadOnlyList<FailedOccurrence>> SuggestAsync(
        ReservationsDb db,
        string onConflict,
        IReadOnlyList<FailedOccurrence> failed,
        Guid spaceId,
        SeriesClient client,
        bool mayBePast,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        if (onConflict != SeriesDetails.Suggest)
        {
            return failed;
        }

        var told = new List<FailedOccurrence>(failed.Count);

        foreach (var one in failed)
        {
            told.Add(!BookingRefusals.IsSlotTakenOnly(one.Refusal)
                ? one
                : one with { Suggestions = await Alternatives.FindAsync(db, Wish(spaceId, client, one.One), Seeker.New(mayBePast), now, cancellationToken) });
        }

        return told;
    }

    /// <summary>Why nothing comes of it at all: all or nothing was wanted, or nothing is left.</summary>
    internal static Refusal? Refuse(List<FailedOccurrence> failed, int total, string onConflict) =>
        failed.Count == total || (failed.Count > 0 && onConflict == SeriesDetails.Fail) ? SeriesRefusals.Fails(failed, total, "booked") : null;

    internal static BookingWish Wish(Guid spaceId, SeriesClient client, Occurrence one) => new(
        spaceId, client.Email, Day(one), one.Start, one.End, client.Name, client.Company, client.Phone, client.Inquiry, client.Attendees);

    private static BookingDay Day(Occurrence one)
    {
        _ = BookingDay.TryParse(BookingDay.Text(DateOnly.FromDateTime(one.WallStart)), out var day);
        return day;
    }
}
