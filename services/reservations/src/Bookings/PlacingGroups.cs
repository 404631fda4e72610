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

    private readonly Lock _gate = new();
    private readonly LinkedList<Placing> _waiting = new();
    private readonly HashSet<object> _marks = [];
    private int _running;

    /// <summary>Placed, or refused by the rules; null where it is to be placed alone.</summary>
    internal Task<Outcome<Booking>?> PlaceAsync(Placing placing)
    {
        if (!BookingRules.HasSeen(placing.Wish.SpaceId))
        {
            return Task.FromResult<Outcome<Booking>?>(null);
        }

        lock (_gate)
        {
            _waiting.AddLast(placing);

            if (_running == AtOnce || _waiting.Count < Enough * _running)
            {
                return placing.Done;
            }

            _running++;
        }

        // A group is nobody's request.
        using (ExecutionContext.SuppressFlow())
        {
            _ = Task.Run(RunAsync);
        }

        return placing.Done;
    }

    private async Task RunAsync()
    {
        for (var group = Take([]); group.Count > 0; group = Take(group))
        {
            await RunAsync(group);
        }
    }

    private List<Placing> Take(List<Placing> done)
    {
        var group = new List<Placing>();

        lock (_gate)
        {
            done.ForEach(one => _marks.ExceptWith(one.Marks));
            var most = _waiting.Count < Enough * (_running - 1) ? 0 : Most;

            for (var (node, next) = (_waiting.First, _waiting.First?.Next); node is not null && group.Count < most; (node, next) = (next, next?.Next))
            {
                if (node.Value.IsGivenUp)
                {
                    node.Value.GiveUp();
                    _waiting.Remove(node);
                }
                else if (!_marks.Overlaps(node.Value.Marks))
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
        var isDecided = false;

        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<ReservationsDb>();
            var desk = scope.ServiceProvider.GetRequiredService<BookingDesk>();
            var decided = await db.DecideTogetherAsync<Outcome<Booking>?[]>(
                async token =>
                {
                    isDecided = false;
                    var outcomes = await PlaceAsync(group, db, desk, token);
                    isDecided = true;
                    return outcomes;
                },
                CancellationToken.None);

            for (var i = 0; i < group.Count; i++)
            {
                group[i].End(decided.Value![i]);
            }
        }
        catch (Exception e) when (!isDecided || e is PostgresException { Severity: "ERROR" })
        {
            // Nothing of it has come to be, so each may try for itself and hears of its own trouble.
            log.GroupFailed(group.Count, e.Message);
            group.ForEach(one => one.End(null));
        }
        catch (Exception e)
        {
            group.ForEach(one => one.Fail(e));
        }
    }

    private async Task<Outcome<Booking>?[]> PlaceAsync(List<Placing> group, ReservationsDb db, BookingDesk desk, CancellationToken cancellationToken)
    {
        var judged = await BookingRules.JudgeAsync(db, group, clock.GetUtcNow(), cancellationToken);
        var outcomes = new Outcome<Booking>?[group.Count];
        var answers = new List<(KeyClaim, KeyClaim.Answer)>();

        for (var i = 0; i < group.Count; i++)
        {
            if (judged[i] is not { } verdict)
            {
                continue;
            }

            if (verdict.IsRefused(out var refusal, out var slot))
            {
                outcomes[i] = refusal;
                continue;
            }

            Activity.Current = group[i].Activity;
            var booking = await desk.PlaceAsync(group[i].Wish, slot, group[i].Terms, group[i].Now, cancellationToken);
            outcomes[i] = booking;

            if (group[i].Claim is { } claim)
            {
                answers.Add((claim, group[i].AnswerTo(booking)));
            }
        }

        if (answers.Count > 0)
        {
            KeyClaim.Keep(db.LastWord!, answers, clock.GetUtcNow());
        }

        return outcomes;
    }
}
