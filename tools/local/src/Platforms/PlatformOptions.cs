namespace Coworking.Local;

/// <summary>The three services of the platform.</summary>
public enum PlatformService
{
    Gateway,
    Reservations,
    IotIngest,
}

/// <summary>What a <see cref="Platform"/> is started with.</summary>
public sealed record PlatformOptions
{
    public required PostgresServer Postgres { get; init; }

    /// <summary>Address on the bus, with its virtual host: two platforms on one virtual host would take each other's messages.</summary>
    public required Uri Bus { get; init; }

    /// <summary>One platform a broker: iot-ingest's sessions have fixed client ids.</summary>
    public required MosquittoServer Mosquitto { get; init; }

    /// <summary>Null: nobody is told by mail.</summary>
    public MailServer? Mail { get; init; }

    /// <summary>Created where it is missing.</summary>
    public string Database { get; init; } = "coworking";

    /// <summary>0 takes a free one; so do the other ports.</summary>
    public int GatewayPort { get; init; }

    public int ReservationsPort { get; init; }

    public int IotIngestPort { get; init; }

    public string EnvironmentName { get; init; } = "Development";

    /// <summary>Loads the demo data.</summary>
    public bool Demo { get; init; }

    /// <summary>Devices without an account may speak, as the existing firmware does.</summary>
    public bool AllowAnonymousDevices { get; init; } = true;

    /// <summary>Identity of the gateway; null makes one for this run.</summary>
    public PlatformKeys? Keys { get; init; }

    /// <summary>Release or Debug; null takes that of this assembly.</summary>
    public string? Configuration { get; init; }

    /// <summary>A log file a service; null takes a folder that goes with the platform.</summary>
    public string? LogFolder { get; init; }

    /// <summary>Added to the environment of all three services.</summary>
    public IReadOnlyDictionary<string, string?> ExtraEnvironment { get; init; } = new Dictionary<string, string?>();

    /// <summary>How long a service may take until it is ready, and a verb to end.</summary>
    public TimeSpan StartLimit { get; init; } = TimeSpan.FromSeconds(90);
}

/// <summary>A further process of a service beside the first one.</summary>
public sealed record ServiceReplica(ChildProcess Process, Uri Address);
