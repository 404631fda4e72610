using Coworking.Hosting.Problems;
using Coworking.Reservations.Database;

namespace Coworking.Reservations.Series;

/// <summary>A decision that is undone where it was only to be judged: everything happens and nothing stays.</summary>
/// <typeparam name="T">What comes of a yes.</typeparam>
/// <param name="dryRun">True where it is only to be judged.</param>
internal sealed class Decision<T>(bool dryRun)
    where T : class
{
    // Never seen by a client: it only undoes the transaction.
    private static readonly Refusal OnlyJudged = new(StatusCodes.Status409Conflict, "series.only_judged", "Only judged");

    /// <summary>What would have come of it; null where it was refused, or meant.</summary>
    internal T? Judged { get; private set; }

    internal Outcome<T> Of(Outcome<T> outcome)
    {
        Judged = dryRun ? outcome.Value : null;
        return Judged is null ? outcome : OnlyJudged;
    }
}
