using System.Diagnostics;
using System.Globalization;

namespace Coworking.Faults;

/// <summary>How long answers took.</summary>
internal sealed record Latencies(long Asked, long Good, TimeSpan Median, TimeSpan P99)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Good:#,0} of {Asked:#,0} good, median {Median.TotalMilliseconds:0.0} ms, p99 {P99.TotalMilliseconds:0.0} ms");
}

/// <summary>GETs at a fixed rate, whatever becomes of those before: a server that stalls is not spared the questions that it would have got.</summary>
internal sealed class SteadyLoad : IDisposable
{
    private readonly HttpClient _client;
    private readonly Uri _address;
    private readonly double _rate;

    public SteadyLoad(Uri address, string key, double rate)
    {
        (_address, _rate) = (address, rate);
        _client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 256 }) { Timeout = TimeSpan.FromSeconds(20) };
        _client.DefaultRequestHeaders.Add("x-api-key", key);
    }

    public async Task<Latencies> RunAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        var answers = new Task<double>[(int)(_rate * duration.TotalSeconds)];
        var start = Stopwatch.GetTimestamp();

        for (var i = 0; i < answers.Length; i++)
        {
            var due = i / _rate;
            var early = due - Stopwatch.GetElapsedTime(start).TotalSeconds;

            if (early > 0.001)
            {
                await Task.Delay(TimeSpan.FromSeconds(early), cancellationToken);
            }

            answers[i] = AskAsync(start, due, cancellationToken);
        }

        var seconds = await Task.WhenAll(answers);
        var good = seconds.Where(double.IsFinite).Order().ToArray();
        return new Latencies(answers.Length, good.Length, At(good, 0.5), At(good, 0.99));
    }

    public void Dispose() => _client.Dispose();

    private async Task<double> AskAsync(long start, double due, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await _client.GetAsync(_address, cancellationToken);
            return answer.IsSuccessStatusCode ? Stopwatch.GetElapsedTime(start).TotalSeconds - due : double.NaN;
        }
        catch (HttpRequestException)
        {
            return double.NaN;
        }
    }

    private static TimeSpan At(double[] sorted, double share) => sorted.Length == 0 ? TimeSpan.FromHours(1) : TimeSpan.FromSeconds(sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))]);
}
