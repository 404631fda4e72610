using System.Globalization;

namespace Coworking.Simulator;

/// <summary>What a person sees: one line that changes on a terminal, a line every ten seconds elsewhere.</summary>
internal sealed class Progress(Tally tally, TimeProvider clock)
{
    private long _lastSent;
    private TimeSpan _lastElapsed;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(Console.IsOutputRedirected ? 10 : 1), clock);

        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            var (sent, elapsed) = (tally.Sent, tally.Elapsed);
            var line = Line(sent, (sent - _lastSent) / (elapsed - _lastElapsed).TotalSeconds);
            (_lastSent, _lastElapsed) = (sent, elapsed);
            Console.Write(Console.IsOutputRedirected ? line + "\n" : $"\r{line,-79}");
        }
    }

    public void Conclude()
    {
        var line = Line(tally.Sent, tally.Sent / Math.Max(tally.Elapsed.TotalSeconds, 0.001));
        Console.WriteLine((Console.IsOutputRedirected ? "" : "\r") + string.Create(
            CultureInfo.InvariantCulture, $"{line} (average), {tally.Elapsed.TotalSeconds:f1} s in all"));
    }

    private string Line(long sent, double rate) => string.Create(
        CultureInfo.InvariantCulture, $"sent {sent}, acknowledged {tally.Acknowledged}, {rate:f0}/s, errors {tally.Errors}");
}
