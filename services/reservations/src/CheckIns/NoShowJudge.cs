using Coworking.Reservations.Occupancies;

namespace Coworking.Reservations.CheckIns;

/// <summary>
/// What becomes of a booking to which nobody has checked in, by what is known of its space. Pure, and of one mind: a wrong release takes a room from people who
/// sit in it, a release too few costs a free hour; so only evidence that covers the whole time and the present releases.
/// </summary>
internal static class NoShowJudge
{
    /// <summary>Older evidence is not of the present. Steady spaces are said again each minute while a booking waits, so five are several losses in a row.</summary>
    internal static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(5);

    /// <summary>How long after the grace evidence of it may be on its way before reception is asked to look: a sample each minute, and a message each minute.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <param name="start">From when on the client was expected: evidence of before it says nothing of them.</param>
    /// <param name="deadline">Until when the client could come: that and the grace.</param>
    /// <param name="known">What is known of the space; null where it has no device at all.</param>
    /// <param name="now">The present.</param>
    internal static Verdict Judge(DateTimeOffset start, DateTimeOffset deadline, SpaceOccupancy? known, DateTimeOffset now)
    {
        if (now < deadline)
        {
            return Verdict.Wait;
        }

        if (known is null)
        {
            return new Verdict(Ruling.Release, Reasons.NoSensor);
        }

        if (!known.IsSound)
        {
            return new Verdict(Ruling.Attend, known.SensorHealth == SpaceOccupancy.Stale ? Reasons.SensorStale : Reasons.SensorSilent);
        }

        var isPresent = now - known.AsOf <= MaxAge;

        if (known.State == SpaceOccupancy.Occupied)
        {
            return isPresent && known.AsOf >= start ? new Verdict(Ruling.CheckIn, Reasons.Occupied) : Late(deadline, now);
        }

        // Somebody was there after the start, or nobody counted: whether the client has come nobody knows.
        if (known.Since > start)
        {
            return isPresent ? new Verdict(Ruling.Attend, Reasons.VacantLater) : Late(deadline, now);
        }

        // Vacant, and the newest sample has counted people: the dwell that would say occupied has begun.
        return isPresent && known.AsOf >= deadline && known.HeadCount is null or 0 ? new Verdict(Ruling.Release, Reasons.Vacant) : Late(deadline, now);
    }

    private static Verdict Late(DateTimeOffset deadline, DateTimeOffset now) => now < deadline + Patience ? Verdict.Wait : new Verdict(Ruling.Attend, Reasons.EvidenceOld);
}

/// <summary>What is to be done.</summary>
internal enum Ruling
{
    /// <summary>Nothing yet.</summary>
    Wait,

    /// <summary>They are there.</summary>
    CheckIn,

    /// <summary>Nobody came.</summary>
    Release,

    /// <summary>Kept, and reception is asked to look.</summary>
    Attend,
}

/// <param name="Ruling">What is to be done.</param>
/// <param name="Reason">Stable word, of <see cref="Reasons"/>.</param>
internal sealed record Verdict(Ruling Ruling, string Reason)
{
    internal static readonly Verdict Wait = new(Ruling.Wait, "");
}

/// <summary>Why, in words that clients may match on.</summary>
internal static class Reasons
{
    internal const string Occupied = "occupied";
    internal const string Vacant = "vacant";
    internal const string NoSensor = "no_sensor";
    internal const string SensorStale = "sensor_stale";
    internal const string SensorSilent = "sensor_silent";
    internal const string EvidenceOld = "evidence_old";
    internal const string VacantLater = "vacant_later";
}
