using System.Globalization;

namespace Coworking.Faults.Histories;

/// <summary>A step of a history: place, move, cancel or turn; the booking is one of those placed before.</summary>
internal sealed record Step(int Kind, int Booking, int Space, int Client, int Day, int Hour, int Hours, int Verb)
{
    public const int Place = 0;
    public const int Move = 1;
    public const int Cancel = 2;
}

/// <summary>The rules that rivals fight over and the machine of states, in memory. Everything lies in the future: what ends, ends before it began.</summary>
internal sealed class BookingModel
{
    /// <summary>The space that wants approval, so that every state but held is met.</summary>
    public const int Guarded = 1;

    /// <summary>What staff may do with a booking by POST /bookings/:id/verb, and what it becomes.</summary>
    public static readonly (string Verb, string Status)[] Verbs =
        [("confirm", "confirmed"), ("reject", "rejected"), ("start", "in_progress"), ("complete", "completed"), ("no-show", "no_show"), ("cancel", "cancelled")];

    private static readonly string[] Live = ["pending", "confirmed", "in_progress"];
    private static readonly string[] Counted = [.. Live, "completed", "no_show"];

    private static readonly HashSet<(string, string)> Legal =
    [
        ("pending", "confirmed"), ("pending", "rejected"), ("pending", "cancelled"), ("confirmed", "in_progress"), ("confirmed", "completed"),
        ("confirmed", "cancelled"), ("confirmed", "no_show"), ("in_progress", "completed"), ("in_progress", "cancelled"),
    ];

    private readonly DateTimeOffset _monday;

    /// <param name="monday">00:00Z of the day that steps count from.</param>
    public BookingModel(DateTimeOffset monday) => _monday = monday;

    private BookingModel(BookingModel other) => (_monday, Rows) = (other._monday, new SortedDictionary<Guid, Row>(other.Rows));

    public SortedDictionary<Guid, Row> Rows { get; } = [];

    public BookingModel Copy() => new(this);

    /// <summary>What a step must be answered: the status that the booking has then, or the code of the refusal.</summary>
    /// <param name="step">What is asked.</param>
    /// <param name="id">Of the booking that is meant; of a new one where it was placed.</param>
    public string Apply(Step step, Guid id)
    {
        var wish = WishOf(step);

        switch (step.Kind)
        {
            case Step.Place:
                var refusal = Judge(wish, self: null);

                if (refusal is null)
                {
                    Rows[id] = wish;
                }

                return refusal ?? wish.Status;
            case Step.Move:
                return Move(id, wish);
            case Step.Cancel:
                return Rows[id].Status == "cancelled" ? "booking.not_found" : Turn(id, "cancelled");
            default:
                return Turn(id, Verbs[step.Verb].Status);
        }
    }

    public Row WishOf(Step step)
    {
        var start = _monday.AddDays(step.Day).AddHours(step.Hour);
        return new Row(step.Space, step.Client, start, start.AddHours(step.Hours), step.Space == Guarded ? "pending" : "confirmed");
    }

    private string? Judge(Row wish, Guid? self)
    {
        var others = Rows.Where(row => row.Key != self).Select(row => row.Value).ToList();
        return others.Any(row => Live.Contains(row.Status) && row.Space == wish.Space && row.Start < wish.End && wish.Start < row.End) ? "booking.slot_taken"
            : others.Count(row => Counted.Contains(row.Status) && row.Client == wish.Client && Week(row.Start) == Week(wish.Start)) >= 3 ? "booking.weekly_limit"
            : null;
    }

    private string Move(Guid id, Row wish)
    {
        var row = Rows[id];

        if (row.Status == "cancelled")
        {
            return "booking.not_found";
        }

        if (row with { Status = "" } == wish with { Status = "" })
        {
            return row.Status;
        }

        // Who elsewhere needs approval waits for it again, and who needs none no longer waits.
        var isElsewhere = (row.Space, row.Start, row.End) != (wish.Space, wish.Start, wish.End);
        var status = (row.Status, wish.Space == Guarded) switch
        {
            ("confirmed", true) when isElsewhere => "pending",
            ("pending", false) when isElsewhere => "confirmed",
            _ => row.Status,
        };
        var keeps = (row.Space, row.Client, row.Start) == (wish.Space, wish.Client, wish.Start);
        var refusal = !Live.Contains(row.Status) ? "booking.over" : row.Status == "in_progress" && !keeps ? "booking.running" : Judge(wish, id);
        Rows[id] = refusal is null ? wish with { Status = status } : row;
        return refusal ?? status;
    }

    private string Turn(Guid id, string status)
    {
        if (!Legal.Contains((Rows[id].Status, status)))
        {
            return "booking.illegal_transition";
        }

        Rows[id] = Rows[id] with { Status = status };
        return status;
    }

    private static (int, int) Week(DateTimeOffset start) => (ISOWeek.GetYear(start.UtcDateTime), ISOWeek.GetWeekOfYear(start.UtcDateTime));

    internal sealed record Row(int Space, int Client, DateTimeOffset Start, DateTimeOffset End, string Status);
}
