using System.Net.Security;

namespace Coworking.Mqtt;

/// <summary>How to reach a broker and what to agree with it (MQTT 5.0, 3.1).</summary>
public sealed record MqttClientOptions
{
    /// <summary>Name or address.</summary>
    public required string Host { get; init; }

    /// <summary>TCP port, usually 1883, or 8883 with TLS.</summary>
    public required int Port { get; init; }

    /// <summary>The name of the session at the broker; two connections with one id push each other out. Empty: the broker gives one.</summary>
    public required string ClientId { get; init; }

    /// <summary>User name, or null for none.</summary>
    public string? Username { get; init; }

    /// <summary>Password, or null for none.</summary>
    public string? Password { get; init; }

    /// <summary>TLS when set; its TargetHost is set to <see cref="Host"/> when it has none.</summary>
    public SslClientAuthenticationOptions? Tls { get; init; }

    /// <summary>Forget what the broker keeps under this client id (3.1.2.4).</summary>
    public bool CleanStart { get; init; } = true;

    /// <summary>How long the broker keeps the session after the connection ends; whole seconds, zero: not at all (3.1.2.11.2).</summary>
    public TimeSpan SessionExpiryInterval { get; init; }

    /// <summary>How many QoS 1 and 2 messages the broker may send before one is acknowledged (3.1.2.11.3); 1 or more.</summary>
    public ushort ReceiveMaximum { get; init; } = 1024;

    /// <summary>
    /// How many unacknowledged messages are borne before the connection is ended with Receive Maximum exceeded; null: as many as were asked for. Mosquitto
    /// 2.0.11 keeps to the Receive Maximum only until the first acknowledgement: each one makes it send up to another window of what is queued.
    /// </summary>
    public ushort? MaximumUnacknowledged { get; init; }

    /// <summary>How long the line may be silent; whole seconds, zero: for ever (3.1.2.10).</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The largest packet accepted, in bytes; the broker drops larger ones (3.1.2.11.4). Default: a payload of 1 MiB with its topic.</summary>
    public uint MaximumPacketSize { get; init; } = (1024 + 64) * 1024;

    /// <summary>
    /// How often the socket is looked at; zero: whenever something comes. A broker writes every message by itself: at thousands a second each costs a
    /// wake-up of a thread (15 µs and more, several times the work on the message), unless they are let gather.
    /// </summary>
    public TimeSpan ReadPause { get; init; }

    /// <summary>What the broker publishes for us when the connection breaks (3.1.2.5).</summary>
    public MqttApplicationMessage? Will { get; init; }

    /// <summary>The limit for everything from the socket to the CONNACK.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The clock of the timeouts.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal static void Validate(MqttClientOptions options)
    {
        Require(options, options.Host.Length > 0, "a Host");
        Require(options, options.ReceiveMaximum > 0, "a ReceiveMaximum of 1 or more");
        Require(options, options.MaximumPacketSize > 0, "a MaximumPacketSize of 1 or more");
        Require(options, options.SessionExpiryInterval >= TimeSpan.Zero, "a SessionExpiryInterval that is not negative");
        Require(options, options.ReadPause >= TimeSpan.Zero && options.ReadPause < TimeSpan.FromSeconds(1), "a ReadPause of 0 to 1 s");
        Require(options, options.KeepAlive >= TimeSpan.Zero && options.KeepAlive.TotalSeconds <= ushort.MaxValue, "a KeepAlive of 0 to 65535 s");

        if (options.Will is { } will)
        {
            Require(options, will.Payload.Length <= ushort.MaxValue, "a Will of at most 65535 bytes");
            MqttApplicationMessage.Validate(will);
        }
    }

    private static void Require(MqttClientOptions options, bool fulfilled, string what)
    {
        if (!fulfilled)
        {
            throw new ArgumentException($"An MQTT client needs {what}.", nameof(options));
        }
    }
}
