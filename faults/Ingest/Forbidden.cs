using System.Globalization;
using Coworking.Bench;
using Coworking.Mqtt;

namespace Coworking.Faults.Ingest;

/// <summary>What nobody may do at the broker, by kinds.</summary>
/// <param name="port">Of the broker.</param>
/// <param name="accounts">Good ones.</param>
/// <param name="old">Those whose password was changed, or who were removed, under their last password.</param>
/// <param name="spaces">All spaces; those of the accounts first.</param>
/// <param name="start">Time of what they say.</param>
internal sealed class Forbidden(int port, IReadOnlyList<Account> accounts, IReadOnlyList<Account> old, IReadOnlyList<BenchSpace> spaces, DateTimeOffset start)
{
    public const int Workers = 4;

    public static readonly IReadOnlyList<string> Kinds =
    [
        "a device on the topic of another space", "a device on topics that are for none", "a device that listens", "nobody, who speaks", "nobody, who listens", "a wrong password", "a password of before",
        "a client id of another",
    ];

    private readonly long[] _tries = new long[Kinds.Count];
    private long _sample;

    public IReadOnlyList<long> Tries => _tries;

    public static string Sample(DateTimeOffset at) => string.Create(CultureInfo.InvariantCulture, $"{{\"ts\":\"{at.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fff}Z\",\"temp_c\":4.5}}");

    /// <returns>True when the broker took it.</returns>
    public async Task<bool> TryAsync(int kind, int worker, Random random, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _tries[kind]);
        // Of each worker its own: one that takes another's session over would cut it off before the answer.
        var own = accounts[(random.Next(accounts.Count / Workers) * Workers) + worker];
        var other = Other(own, random);

        try
        {
            return Kinds[kind] switch
            {
                "a device on the topic of another space" => await SpeaksAsync(own.Options, Of(other, random.Next(2) == 0 ? "telemetry" : "reported"), cancellationToken),
                "a device on topics that are for none" => await SpeaksAsync(own.Options, Any(NoneOf(own.Space, other), random), cancellationToken),
                "a device that listens" => await ListensAsync(own.Options, Any(Unheard(own.Space, other), random), cancellationToken),
                "nobody, who speaks" => await SpeaksAsync(Nobody(), Of(other, random.Next(2) == 0 ? "telemetry" : "reported"), cancellationToken),
                "nobody, who listens" => await ListensAsync(Nobody(), Any([.. Unheard(own.Space, other), Of(own.Space, "desired")], random), cancellationToken),
                "a wrong password" => await SpeaksAsync(own.Options with { Password = $"wrong-{random.Next()}" }, own.Space.Topic, cancellationToken),
                "a password of before" => await SpeaksAsync(old[random.Next(old.Count)].Options, own.Space.Topic, cancellationToken),
                _ => await SpeaksAsync(own.Options with { ClientId = random.Next(2) == 0 ? $"iot-ingest-{random.Next(16)}" : Else(own, random).Options.ClientId }, own.Space.Topic, cancellationToken),
            };
        }
        catch (MqttException)
        {
            // Turned away, or cut off before the answer.
            return false;
        }
    }

    private async Task<bool> SpeaksAsync(MqttClientOptions options, string topic, CancellationToken cancellationToken) =>
        await Account.PublishAsync(options, topic, Sample(start.AddMilliseconds(Interlocked.Increment(ref _sample))), cancellationToken) < MqttReasonCode.UnspecifiedError;

    private static async Task<bool> ListensAsync(MqttClientOptions options, string filter, CancellationToken cancellationToken) =>
        await Account.SubscribeAsync(options, filter, cancellationToken) < MqttReasonCode.UnspecifiedError;

    private BenchSpace Other(Account own, Random random)
    {
        var other = spaces[random.Next(spaces.Count)];
        return other.Id == own.Space.Id ? spaces[^1] : other;
    }

    private Account Else(Account own, Random random)
    {
        var other = accounts[random.Next(accounts.Count)];
        return other == own ? accounts[(accounts.ToList().IndexOf(own) + 1) % accounts.Count] : other;
    }

    private MqttClientOptions Nobody() => new() { Host = "127.0.0.1", Port = port, ClientId = $"nobody-{Guid.CreateVersion7():N}" };

    private static string Any(string[] all, Random random) => all[random.Next(all.Length)];

    private static string Of(BenchSpace space, string leaf) => $"sites/{space.LocationId}/offices/{space.Id}/{leaf}";

    private static string[] NoneOf(BenchSpace own, BenchSpace other) =>
    [
        Of(own, "desired"), Of(other, "desired"), Of(own, "telemetry/x"), $"sites/{own.LocationId}/offices/{own.Id}", "x", $"sites/{Guid.CreateVersion7()}/offices/{own.Id}/telemetry",
        "$CONTROL/dynamic-security/v1", "$SYS/broker/uptime",
    ];

    private static string[] Unheard(BenchSpace own, BenchSpace other) =>
    [
        "#", "+/#", "sites/#", "sites/+/offices/+/desired", Of(other, "desired"), own.Topic, other.Topic, Of(own, "#"), Of(own, "+"), "$SYS/#", "$CONTROL/#", "$CONTROL/dynamic-security/v1/response",
        $"$share/g/{own.Topic}",
    ];
}
