using System.Globalization;
using System.Text;
using Coworking.Bench;

namespace Coworking.Faults;

/// <summary>What the devices say that the broker acknowledged, per space and minute, and the alerts that follow from it.</summary>
internal sealed class Ledger
{
    private readonly Dictionary<(Guid Space, long Minute), long> _minutes = [];

    /// <summary>Distinct readings per space and minute of device time (minutes since 1970).</summary>
    public IReadOnlyDictionary<(Guid Space, long Minute), long> Minutes => _minutes;

    /// <summary>CO2 alerts: the space, and when the alert starts in milliseconds since 1970.</summary>
    public HashSet<(Guid Space, long StartedAt)> Alerts { get; } = [];

    public long Readings => _minutes.Values.Sum();

    /// <summary>What devices in this process have sent: so many messages from the first one on.</summary>
    public void Add(Workload workload, long messages)
    {
        for (var i = 0L; i < messages; i++)
        {
            Count(workload.Spaces[(int)(i % workload.Spaces.Count)].Id, workload.TimeOf(i));
        }

        Alerts.UnionWith(workload.AlertsOf(messages));
    }

    /// <summary>What the simulator has written down: a line for each acknowledged reading, its space and time first.</summary>
    /// <returns>Lines.</returns>
    public long AddFile(string path)
    {
        const int Space = 10;
        const int Uuid = 36;
        const int Time = Space + Uuid + 8;
        var seen = new HashSet<(Guid, long)>();
        var lines = 0L;

        foreach (var line in File.ReadLines(path, Encoding.UTF8))
        {
            lines++;

            if (!Guid.TryParseExact(line.AsSpan(Space, Uuid), "D", out var space) || line.AsSpan(Time - 8, 8) is not "\",\"ts\":\"")
            {
                throw new InvalidOperationException($"A line of the ledger that is none: {line}");
            }

            var at = DateTimeOffset.Parse(line.AsSpan(Time, line.IndexOf('"', Time) - Time), CultureInfo.InvariantCulture);

            // A device says each time once; a copy would count once.
            if (seen.Add((space, at.UtcTicks)))
            {
                Count(space, at);
            }
        }

        return lines;
    }

    /// <summary>One more reading.</summary>
    public void Count(Guid space, DateTimeOffset at)
    {
        var key = (space, at.ToUnixTimeSeconds() / 60);
        _minutes[key] = _minutes.GetValueOrDefault(key) + 1;
    }
}
