using System.ComponentModel.DataAnnotations;
using Coworking.Mqtt;
using Microsoft.Extensions.Options;

namespace Coworking.IotIngest;

/// <summary>Settings of the service, validated at start.</summary>
internal sealed class IotIngestOptions : IValidatableObject
{
    /// <summary>Upper bound of replicas that can share the work. Fixed at installation: it decides which session a location's messages wait in.</summary>
    [Range(1, 99)]
    public int Partitions { get; init; } = 16;

    /// <summary>Unacknowledged messages that the broker may have on the way per partition. One batch each: more only fills memory, less starves the batch.</summary>
    [Range(1, 65_535)]
    public ushort ReceiveMaximum { get; init; } = 5000;

    /// <summary>How long single readings are kept, and how old a new one may be.</summary>
    [Range(1, 366)]
    public int RawRetentionDays { get; init; } = 30;

    /// <summary>How long minute windows are kept: a year and a month, so that this month can be held against last year's.</summary>
    [Range(1, 4000)]
    public int WindowRetentionDays { get; init; } = 400;

    /// <summary>How long rejected messages are kept: a week lets somebody come back from holiday and still see why.</summary>
    [Range(1, 366)]
    public int RejectedRetentionDays { get; init; } = 7;

    /// <summary>How long an alert may wait for somebody before it reaches level 1, 2 and so on. Null: after 1, 4 and 24 hours, for a colleague, a manager, the next day.</summary>
    public TimeSpan[]? EscalateAfter { get; init; }

    // Not the default of the property: configuration would add to it instead of replacing it.
    public IReadOnlyList<TimeSpan> EscalationLevels => EscalateAfter ?? [TimeSpan.FromHours(1), TimeSpan.FromHours(4), TimeSpan.FromHours(24)];

    /// <summary>Devices without an account may speak: off, since they may speak for any space. The demo turns it on for the firmware that knows no password.</summary>
    public bool AllowAnonymousDevices { get; init; }

    [Required]
    [ValidateObjectMembers]
    public BrokerOptions Mqtt { get; init; } = new();

    public TimeSpan RawRetention => TimeSpan.FromDays(RawRetentionDays);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (EscalationLevels.Prepend(TimeSpan.Zero).Zip(EscalationLevels).Any(pair => pair.First >= pair.Second))
        {
            yield return new ValidationResult("EscalateAfter must be times above zero, each above the one before it", [nameof(EscalateAfter)]);
        }
    }
}

/// <summary>Where the MQTT broker is.</summary>
internal sealed class BrokerOptions
{
    [Required]
    public string Host { get; init; } = "127.0.0.1";

    [Range(1, 65_535)]
    public int Port { get; init; } = 1883;

    public string? Username { get; init; }

    public string? Password { get; init; }

    public MqttClientOptions ClientOptions(string clientId, TimeProvider clock) => new()
    {
        Host = Host,
        Port = Port,
        ClientId = clientId,
        Username = Username,
        Password = Password,
        TimeProvider = clock,
    };
}

[OptionsValidator]
internal sealed partial class IotIngestOptionsValidator : IValidateOptions<IotIngestOptions>;
