using System.Diagnostics.CodeAnalysis;
using Coworking.Hosting.Postgres;
using Coworking.Hosting.Problems;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Database;

/// <summary>What was decided: a value, or a refusal.</summary>
/// <typeparam name="T">What comes of a yes.</typeparam>
/// <param name="Value">Null where it was refused.</param>
/// <param name="Refusal">Null where it was not.</param>
internal readonly record struct Outcome<T>(T? Value, Refusal? Refusal)
    where T : class
{
    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(Refusal refusal) => new(null, refusal);

    /// <summary>True where it was refused; exactly one of both is not null.</summary>
    internal bool IsRefused([NotNullWhen(true)] out Refusal? refusal, [NotNullWhen(false)] out T? value)
    {
        (refusal, value) = (Refusal, Value);
        return refusal is not null;
    }
}

/// <summary>Decisions that commit whole or not at all.</summary>
internal static class Decisions
{
    // Each round has lost to a rival who has won, so a few suffice; more would hide a fault behind patience.
    private const int Rounds = 5;

    /// <summary>Runs a decision in a transaction: committed with a value, undone with a refusal, and run again where a rival undid it.</summary>
    /// <param name="db">Must hold no changes yet; the decision reads, adds and saves by it.</param>
    /// <param name="decide">The decision, free of effects outside the database.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="contest">A constraint that rivals fight over: deciding again sees who has won, and explains.</param>
    internal static async Task<Outcome<T>> DecideAsync<T>(
        this ReservationsDb db, Func<CancellationToken, Task<Outcome<T>>> decide, CancellationToken cancellationToken, Contest? contest = null)
        where T : class
    {
        // A savepoint before each save costs two round trips, and what breaks here is undone whole.
        db.Database.AutoSavepointsEnabled = false;

        for (var round = 1; ; round++)
        {
            try
            {
                await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
                var outcome = await decide(cancellationToken);

                if (outcome.Refusal is null)
                {
                    // What has been decided is not given up half-way because a client has gone.
                    await transaction.CommitAsync(CancellationToken.None);
                }

                return outcome;
            }
            catch (Exception e) when (contest is not null && round == Rounds && e.Violates(contest.Constraint))
            {
                return contest.Lost;
            }
            catch (Exception e) when (round < Rounds && IsRivalry(e, contest))
            {
                db.ChangeTracker.Clear();
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(2, 10 * round)), cancellationToken);
            }
        }
    }

    private static bool IsRivalry(Exception e, Contest? contest) =>
        e is DbUpdateConcurrencyException || e.IsRivalry() || (contest is not null && e.Violates(contest.Constraint));
}

/// <summary>What is fought over.</summary>
/// <param name="Constraint">The constraint that decides.</param>
/// <param name="Lost">The answer where it objects in every round, though its reason is gone each time one looks.</param>
internal sealed record Contest(string Constraint, Refusal Lost);
