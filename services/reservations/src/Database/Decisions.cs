using System.Diagnostics.CodeAnalysis;
using Coworking.Hosting.Postgres;
using Coworking.Hosting.Problems;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

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

    // Between two of these of one name the newer one is meant, so one name is enough.
    private const string Mark = "decision";

    /// <summary>
    /// Runs a decision in a transaction: committed with a value, undone with a refusal, and run again where a rival undid it. Within a transaction of the
    /// caller, who then commits, the decision alone is undone or run again.
    /// </summary>
    /// <param name="db">Must hold no changes yet; the decision reads, adds and saves by it.</param>
    /// <param name="decide">The decision, free of effects outside the database.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="contest">A constraint that rivals fight over: deciding again sees who has won, and explains.</param>
    internal static Task<Outcome<T>> DecideAsync<T>(
        this ReservationsDb db, Func<CancellationToken, Task<Outcome<T>>> decide, CancellationToken cancellationToken, Contest? contest = null)
        where T : class => db.RunAsync(decide, keeps: true, together: false, contest, cancellationToken);

    /// <summary>
    /// The same, for a decision that mostly adds rows: those that it writes (<see cref="ReservationsDb.Write"/>) wait and go with the COMMIT in one
    /// round trip. The decision itself does not see them, and EF's interceptors do not hear of the commit.
    /// </summary>
    internal static Task<Outcome<T>> DecideTogetherAsync<T>(
        this ReservationsDb db, Func<CancellationToken, Task<Outcome<T>>> decide, CancellationToken cancellationToken, Contest? contest = null)
        where T : class => db.RunAsync(decide, keeps: true, together: true, contest, cancellationToken);

    /// <summary>Runs a decision and undoes it whatever it is.</summary>
    internal static Task<Outcome<T>> RehearseAsync<T>(this ReservationsDb db, Func<CancellationToken, Task<Outcome<T>>> decide, CancellationToken cancellationToken)
        where T : class => db.RunAsync(decide, keeps: false, together: false, contest: null, cancellationToken);

    private static async Task<Outcome<T>> RunAsync<T>(
        this ReservationsDb db, Func<CancellationToken, Task<Outcome<T>>> decide, bool keeps, bool together, Contest? contest, CancellationToken cancellationToken)
        where T : class
    {
        // A savepoint before each save costs two round trips, and what breaks here is undone whole.
        db.Database.AutoSavepointsEnabled = false;
        db.IsRehearsal = !keeps;
        var outer = db.Database.CurrentTransaction;

        try
        {
            return await db.RunRoundsAsync(decide, keeps, together && outer is null, contest, outer, cancellationToken);
        }
        finally
        {
            // A context comes from a pool: whoever has it next saves at once.
            db.LastWord = null;
        }
    }

    private static async Task<Outcome<T>> RunRoundsAsync<T>(
        this ReservationsDb db,
        Func<CancellationToken, Task<Outcome<T>>> decide,
        bool keeps,
        bool together,
        Contest? contest,
        IDbContextTransaction? outer,
        CancellationToken cancellationToken)
        where T : class
    {
        for (var round = 1; ; round++)
        {
            try
            {
                if (outer is not null)
                {
                    await outer.CreateSavepointAsync(Mark, cancellationToken);
                }

                db.LastWord = together ? new LastWord() : null;
                await using var transaction = outer is null ? await db.Database.BeginTransactionAsync(cancellationToken) : null;
                var outcome = await decide(cancellationToken);

                if (!keeps || outcome.Refusal is not null)
                {
                    await UndoAsync(db, outer);
                }
                else if (transaction is not null)
                {
                    // What has been decided is not given up half-way because a client has gone.
                    await (db.LastWord is { } last ? last.CommitAsync(db, CancellationToken.None) : transaction.CommitAsync(CancellationToken.None));
                }

                return outcome;
            }
            catch (Exception e) when (contest is not null && round == Rounds && e.Violates(contest.Constraint))
            {
                await UndoAsync(db, outer);
                return contest.Lost;
            }
            catch (Exception e) when (round < Rounds && IsRivalry(e, contest))
            {
                await UndoAsync(db, outer);
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(2, 10 * round)), cancellationToken);
            }
        }
    }

    private static async Task UndoAsync(ReservationsDb db, IDbContextTransaction? outer)
    {
        db.ChangeTracker.Clear();

        if (outer is not null)
        {
            await outer.RollbackToSavepointAsync(Mark, CancellationToken.None);
        }
    }

    private static bool IsRivalry(Exception e, Contest? contest) =>
        e is DbUpdateConcurrencyException || e.IsRivalry() || (contest is not null && e.Violates(contest.Constraint));
}

/// <summary>What is fought over.</summary>
/// <param name="Constraint">The constraint that decides.</param>
/// <param name="Lost">The answer where it objects in every round, though its reason is gone each time one looks.</param>
internal sealed record Contest(string Constraint, Refusal Lost);
