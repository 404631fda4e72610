using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Coworking.Bench;
using Coworking.Local;

namespace Coworking.Faults.Bookings;

/// <summary>R11: everybody wants every slot, at two replicas of reservations.</summary>
internal static class BookingStorm
{
    // Half-hours of slack between slots: wishes for one slot begin up to half an hour apart, and never reach the next.
    private static readonly TimeSpan Apart = TimeSpan.FromHours(2);

    public static async Task<bool> RunAsync(FaultOptions options, CancellationToken cancellationToken)
    {
        var (clients, slots) = (64, options.Small ? 30 : options.Repeat ?? 1000);
        var run = new FaultRun("R11", "everybody wants every slot", options);
        await using var stage = await Stage.StartAsync(cancellationToken);
        var second = await stage.Platform.StartReplicaAsync(PlatformService.Reservations, Ports.Free(), cancellationToken);
        using var side = BookingSide.AtService(stage, stage.Platform.Reservations, second.Address);
        var spaces = await BookingSide.AddSpacesAsync(stage, 10, cancellationToken);
        var (statuses, winners, next) = (new ConcurrentDictionary<int, long>(), new ConcurrentDictionary<int, int>(), 0L);
        var random = new Random(options.Seed);
        var starts = Enumerable.Range(0, clients).Select(_ => random.Next(4) * 10).ToArray();
        var began = Stopwatch.GetTimestamp();
        run.Say($"{clients} clients, {slots} slots, seed {options.Seed}");

        // All of them at the same slot at once, then all at the next: the hardest they can make it.
        await Task.WhenAll(Enumerable.Range(0, clients).Select(async client =>
        {
            for (var slot = 0; slot < slots; slot++)
            {
                var start = BookingSide.FirstHour + (Apart * (slot / spaces.Length)) + TimeSpan.FromMinutes(starts[(client + slot) % clients]);
                var email = string.Create(CultureInfo.InvariantCulture, $"storm-{slot}-{client}@example.com");
                var reply = await side.BookAsync(BookingSide.Wish(spaces[slot % spaces.Length], email, start, TimeSpan.FromHours(1)), cancellationToken, turn: client + slot);
                statuses.AddOrUpdate(reply.Status, 1, (_, count) => count + 1);
                winners.AddOrUpdate(slot, reply.Status == 201 ? 1 : 0, (_, count) => count + (reply.Status == 201 ? 1 : 0));

                if (Interlocked.Increment(ref next) % (clients * 100L) == 0)
                {
                    run.Say($"{next:#,0} asked");
                }
            }
        }));

        var rate = next / Stopwatch.GetElapsedTime(began).TotalSeconds;
        var overlaps = await stage.CountAsync("""
            select count(*) from reservations.bookings a join reservations.bookings b on a.space_id = b.space_id and a.id < b.id
            and tstzrange(a.start_time, a.end_time) && tstzrange(b.start_time, b.end_time)
            """, cancellationToken);
        var stored = await stage.CountAsync("select count(*) from reservations.bookings", cancellationToken);
        long Came(Func<int, bool> which) => statuses.Where(status => which(status.Key)).Sum(status => status.Value);
        var (won, conflicts, broken, other) = (Came(status => status == 201), Came(status => status == 409), Came(status => status is 0 or >= 500), Came(status => status is not (201 or 409 or 0) and < 500));
        var verdict = new Verdict(
        [
            new Check("slots granted (201)", slots, won, Math.Max(0, slots - won), Math.Max(0, won - slots)),
            new Check("slots granted to nobody, or to two", 0, winners.Count(slot => slot.Value != 1), winners.Count(slot => slot.Value == 0), winners.Count(slot => slot.Value > 1)),
            new Check("rivals told of the conflict (409)", (clients - 1) * (long)slots, conflicts, other, 0),
            new Check("answers of 5xx, and none at all", 0, broken, broken, 0),
            new Check("bookings stored", slots, stored, Math.Max(0, slots - stored), Math.Max(0, stored - slots)),
            new Check("bookings that overlap in the database", 0, overlaps, 0, overlaps),
        ]);
        var what = string.Create(CultureInfo.InvariantCulture, $"""
            {clients} clients go through {slots:#,0} slots of {spaces.Length} spaces in the same order, by turns at two replicas of reservations: {next:#,0} POSTs, {rate:#,0}/s. Wishes for a slot last an hour and begin up to half an hour
            apart, so most of them overlap without being the same. Each has an e-mail of its own, so that nothing but the slot is fought over. A 409 carries up to three other slots that are free.
            """);
        return await run.ConcludeAsync(verdict, what, fault => fault.First, null, cancellationToken);
    }
}
