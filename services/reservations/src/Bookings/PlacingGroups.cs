using System.Diagnostics;
using Coworking.Reservations.Database;
using Coworking.Reservations.Idempotency;
using Npgsql;

namespace Coworking.Reservations.Bookings;

/// <summary>
/// Places bookings that are asked for at the same time in one transaction (group commit): nearly all that a booking costs PostgreSQL, it costs once for a
/// group. A group waits for nothing that another transaction holds, and no two of it want the same space, client or key; who would have to wait, and
/// everyone of a group that fails, is placed alone. One that comes while nothing is being placed goes at once.
/// </summary>
internal sealed class PlacingGroups(IServiceScopeFactory scopes, TimeProvider clock, ILogger<PlacingGroups> log)
{
    /// <summary>Bookings of a group: more would save little and keep their locks longer.</summary>
    private const int Most = 16;

    /// <summary>While groups are under way, another begins when so many wait for each of them: small ones cost more than they gain.</summary>
    private const int Enough = 8;

    /// <summary>Groups at once: some are judged while others wait for the disk.</summary>
    private const int AtOnce = 4;

    // A group takes some milliseconds. Whoever has waited so long for its turn waits for one that hangs, or for too many rivals.
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(500);

    // Longer than any group that does not hang takes to be judged.
    private static readonly TimeSpan Judging = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly LinkedList<Placing> _waiting = new();
    private readonly HashSet<object> _marks = [];
    private int _running;

    /// <summary>Placed, or refused by the rules; null where it is to be placed alone.</summary>
    internal async Task<Outcome<Booking>?> PlaceAsync(Placing placing, CancellationToken cancellationToken)
    {
        Enter(placing);

        try
        {
            return await placing.Done.WaitAsync(Turn, cancellationToken);
        }
        catch (TimeoutException) when (!placing.Done.IsFaulted)
        {
            return Leave(placing) ? null : await placing.Done;
        }
        catch (OperationCanceledException)
        {
            // One that is under way goes on: nobody knows any more what has become of it.
            Leave(placing);
            throw;
        }
    }

    private void Enter(Placing placing)
    {
        lock (_gate)
        {
            _waiting.AddLast(placing);

            if (_running == AtOnce || _waiting.Count < Enough * _running || _marks.Overlaps(placing.Marks))
            {
                return;
            }

            _running++;
        }

        // A group is nobody's request.
        using (ExecutionContext.SuppressFlow())
        {
            _ = Task.Run(RunAsync);
        }
    }

    private bool Leave(Placing placing)
    {
        lock (_gate)
        {
            return _waiting.Remove(placing);
        }
    }

    private async Task RunAsync()
    {
        for (var group = Take([]); group.Count > 0; group = Take(group))
        {
            // It has told everyone of its trouble; whoever waits still must get his turn.
            await RunAsync(group).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The next group; none where too few wait, of which the last who runs takes care.</summary>
    private List<Placing> Take(List<Placing> done)
    {
        var group = new List<Placing>();

        lock (_gate)
        {
            done.ForEach(one => _marks.ExceptWith(one.Marks));
            var most = _waiting.Count < Enough * (_running - 1) ? 0 : Most;

            for (var (node, next) = (_waiting.First, _waiting.First?.Next); node is not null && group.Count < most; (node, next) = (next, next?.Next))
            {
                if (!_marks.Overlaps(node.Value.Marks))
                {
                    _marks.UnionWith(node.Value.Marks);
                    group.Add(node.Value);
                    _waiting.Remove(node);
                }
            }

            if (group.Count == 0)
            {
                _running--;
            }
        }

        return group;
    }

    private async Task RunAsync(List<Placing> group)
    {
        var isCommitting = false;

        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<ReservationsDb>();
            var outcomes = await PlaceAsync(group, db, scope.ServiceProvider.GetRequiredService<BookingDesk>(), () => isCommitting = true);

            for (var i = 0; i < group.Count; i++)
            {
                group[i].End(outcomes[i]);
            }
        }
        catch (Exception e) when (!isCommitting || e is PostgresException { InvariantSeverity: "ERROR" })
        {
            // Nothing of it has come to be, so each may try for itself and hears of its own trouble.
            group.ForEach(one => one.End(null));
            log.GroupFailed(group.Count, e.Message);
        }
        catch (Exception e)
        {
            group.ForEach(one => one.Fail(e));
        }
    }

    private async Task<Outcome<Booking>?[]> PlaceAsync(List<Placing> group, ReservationsDb db, BookingDesk desk, Action commits)
    {
        using var judging = new CancellationTokenSource(Judging);
        db.Database.AutoSavepointsEnabled = false;
        db.LastWord = new LastWord();

        try
        {
            await using var transaction = await db.Database.BeginTransactionAsync(judging.Token);
            var judged = await BookingRules.JudgeAsync(db, group, clock.GetUtcNow(), judging.Token);
            var outcomes = new Outcome<Booking>?[group.Count];

            for (var i = 0; i < group.Count; i++)
            {
                outcomes[i] = judged[i] is { } verdict ? await PlaceAsync(group[i], verdict, desk, judging.Token) : default(Outcome<Booking>?);
            }

            Keep(db.LastWord, [.. group.Zip(outcomes)]);

            // Refusals leave nothing.
            if (Array.Exists(outcomes, one => one is { Value: not null }))
            {
                commits();
                await db.LastWord.CommitAsync(db, CancellationToken.None);
            }

            return outcomes;
        }
        finally
        {
            db.LastWord = null;
        }
    }

    private static async Task<Outcome<Booking>> PlaceAsync(Placing one, Outcome<Slot> verdict, BookingDesk desk, CancellationToken cancellationToken)
    {
        if (verdict.IsRefused(out var refusal, out var slot))
        {
            return refusal;
        }

        Activity.Current = one.Activity;
        return await desk.PlaceAsync(one.Wish, slot, one.Terms, one.Now, cancellationToken);
    }

    private void Keep(LastWord last, IEnumerable<(Placing Placing, Outcome<Booking>? Outcome)> decided)
    {
        var answers = decided
            .Where(one => one.Placing.Claim is not null && one.Outcome is { Value: not null })
            .Select(one => (one.Placing.Claim!, one.Placing.AnswerTo(one.Outcome!.Value.Value!)))
            .ToList();

        if (answers.Count > 0)
        {
            KeyClaim.Keep(last, answers, clock.GetUtcNow());
        }
    }
}
