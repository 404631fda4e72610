using Coworking.Mqtt;

namespace Coworking.Simulator;

/// <summary>What the arguments say; see <see cref="Arguments"/>.</summary>
internal sealed record SimulatorOptions
{
    public string Host { get; init; } = "127.0.0.1";

    public int Port { get; init; } = 1883;

    public string? Username { get; init; }

    public string? Password { get; init; }

    /// <summary>Of the only connection; null names each by itself.</summary>
    public string? ClientId { get; init; }

    public IReadOnlyList<SimulatedSpace> Spaces { get; init; } = [];

    /// <summary>Generated spaces join one after another, explicit ones (a demo) at once.</summary>
    public bool Staggered { get; init; }

    /// <summary>Until a desired state says otherwise; zero: as fast as the broker takes it.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    public MqttQualityOfServiceLevel Level { get; init; }

    public Scenario Scenario { get; init; }

    public int Seed { get; init; } = 1;

    public int Connections { get; init; }

    /// <summary>Readings to send in all; the run ends with the last of them.</summary>
    public long? Count { get; init; }

    public TimeSpan? Duration { get; init; }

    /// <summary>Unacknowledged publishes per connection when as fast as possible.</summary>
    public int InFlight { get; init; } = 100;

    public string? LedgerPath { get; init; }

    /// <summary>Whose working hours the curves follow.</summary>
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Utc;

    public bool PrintSpaces { get; init; }

    public bool Help { get; init; }

    public bool IsLoad => Interval == TimeSpan.Zero;
}
