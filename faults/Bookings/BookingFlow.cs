using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Coworking.Bench;
using Coworking.Local;

namespace Coworking.Faults.Bookings;

/// <summary>Bookings at a steady rate, whatever becomes of those before, and a ledger of what was granted.</summary>
internal sealed class BookingFlow : IAsyncDisposable
{
    private const int SlotsPerSecond = 10;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    private readonly BookingSide _side;
    private readonly Guid[] _spaces;
    private readonly int _rate;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Guid, bool> _granted = new();
    private readonly ConcurrentDictionary<string, long> _answers = new();
    private readonly int[] _perTenth = new int[3600 * SlotsPerSecond];
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Task _running;

    public BookingFlow(BookingSide side, Guid[] spaces, int rate, CancellationToken cancellationToken)
    {
        (_side, _spaces, _rate) = (side, spaces, rate);
        _running = RunAsync(cancellationToken);
    }

    /// <summary>Every id that a 201 told.</summary>
    public ICollection<Guid> Granted => _granted.Keys;

    /// <summary>What was answered, and how often: the status, and whether a 503 says when to try again.</summary>
    public IReadOnlyDictionary<string, long> Answers => _answers;

    public double Seconds => Stopwatch.GetElapsedTime(_started).TotalSeconds;

    /// <summary>Bookings that were granted between two moments of <see cref="Seconds"/>.</summary>
    public int GrantedBetween(double from, double to)
    {
        var sum = 0;

        for (var tenth = (int)(from * SlotsPerSecond); tenth < (int)(to * SlotsPerSecond); tenth++)
        {
            sum += Volatile.Read(ref _perTenth[tenth]);
        }

        return sum;
    }

    /// <returns>Seconds from a moment of <see cref="Seconds"/> until a booking is granted after it.</returns>
    public async Task<double> GrantedAfterAsync(double from, TimeSpan limit, CancellationToken cancellationToken)
    {
        // The tenth of a second in which it lies may hold what was granted before.
        await Wait.UntilAsync(() => Task.FromResult(GrantedBetween(from + 0.1, Seconds + 0.1) > 0), limit, "a booking is granted again", cancellationToken);
        return Seconds - from;
    }

    /// <summary>The ledger against the database, and the answers against what a client may meet: 201, or 503 that says when to try again.</summary>
    public async Task<Check[]> ChecksAsync(Stage stage, CancellationToken cancellationToken)
    {
        var stored = await stage.CountAsync("select count(*) from reservations.bookings where id = any($1)", cancellationToken, Granted.ToArray());
        var wrong = Answers.Where(answer => answer.Key is not ("201" or "503 with Retry-After")).OrderByDescending(answer => answer.Value).ToList();
        var twice = await stage.CountAsync("select count(*) - count(distinct (space_id, start_time)) from reservations.bookings", cancellationToken);
        return
        [
            new Check("bookings granted, and stored", Granted.Count, stored, Granted.Count - stored, 0),
            new Check("slots booked twice", 0, twice, 0, twice),
            new Check($"answers other than 201 and 503 with Retry-After{string.Concat(wrong.Take(3).Select(answer => $", {answer.Value} × {answer.Key}"))}", 0, wrong.Sum(answer => answer.Value), wrong.Sum(answer => answer.Value), 0),
        ];
    }

    /// <summary>Asks no more; back when the last answer has come.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        var pending = new List<Task>();

        for (var sent = 0L; !_stop.IsCancellationRequested;)
        {
            for (var due = (long)(Seconds * _rate); sent < due; sent++)
            {
                pending.Add(BookAsync(sent, cancellationToken));
            }

            foreach (var done in pending.Where(task => task.IsCompleted))
            {
                await done;
            }

            pending.RemoveAll(task => task.IsCompletedSuccessfully);
            await Task.Delay(Tick, cancellationToken);
        }

        await Task.WhenAll(pending);
    }

    private async Task BookAsync(long number, CancellationToken cancellationToken)
    {
        var reply = await _side.BookAsync(BookingSide.Numbered(_spaces, "flow", number), cancellationToken);
        var answer = reply.Status switch
        {
            0 => $"none: {reply.Text}",
            503 => reply.SaysWhenToRetry ? "503 with Retry-After" : "503 without Retry-After",
            201 => "201",
            // No table has room for a page.
            _ => $"{reply.Status} {(reply.Text.Length > 160 ? reply.Text[..160] : reply.Text)}",
        };
        _answers.AddOrUpdate(answer, 1, (_, count) => count + 1);

        if (reply.Status == 201)
        {
            using var json = JsonDocument.Parse(reply.Text);
            _granted[json.RootElement.GetProperty("id").GetGuid()] = true;
            Interlocked.Increment(ref _perTenth[(int)(Seconds * SlotsPerSecond)]);
        }
    }
}
