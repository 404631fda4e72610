using System.Globalization;
using Coworking.Mqtt;

namespace Coworking.Simulator;

/// <summary>An argument that cannot be understood, with a sentence for the person who typed it.</summary>
internal sealed class ArgumentsException(string message) : Exception(message);

/// <summary>The command line.</summary>
internal static class Arguments
{
    public const string Usage = """
        Simulates devices that publish to an MQTT broker as the firmware does.

        usage: simulator [--spaces LOCATION/SPACE[:CAPACITY[:cold]],... | --sites N --devices N] [options]

          --broker HOST:PORT       default 127.0.0.1:1883
          --username U --password P
          --client-id ID           with the account of a registered device, which is bound to it; implies --connections 1
          --spaces LIST            these spaces, all at once (UUIDs, separated by commas); cold: a cold store
          --sites N --devices N    N devices in all, spread over N locations; ids follow from the seed; default 1 and 4
          --print-spaces           print the spaces as JSON lines and end, so that they can be registered first
          --interval SECONDS       between samples until a desired state says otherwise, default 10;
                                   0: as fast as the broker takes it, without listening for desired states
          --qos 0|1                default 0
          --scenario NAME          calm, stuffy (CO2), crowded, after-hours, flaky; default calm
          --zone ZONE              whose working hours (9-17, Monday to Friday) count, default America/Mexico_City
          --seed N                 default 1; the same seed gives the same ids and curves
          --connections N          devices share N connections, default one each up to 50
          --in-flight N            unacknowledged publishes per connection with --interval 0, default 100
          --count N                end after N readings
          --duration SECONDS       end after that time
          --ledger FILE            with --qos 1: a JSON line for each reading the broker acknowledged
          --help

        """;

    private static readonly string[] Flags = ["--print-spaces", "--help"];

    private static readonly string[] Values =
    [
        "--broker", "--username", "--password", "--client-id", "--spaces", "--sites", "--devices", "--interval", "--qos", "--scenario", "--zone", "--seed",
        "--connections", "--in-flight", "--count", "--duration", "--ledger",
    ];

    public static SimulatorOptions Parse(IReadOnlyList<string> arguments)
    {
        var given = Read(arguments);

        if (given.ContainsKey("--help"))
        {
            return new SimulatorOptions { Help = true };
        }

        var (host, port) = Broker(given.GetValueOrDefault("--broker", "127.0.0.1:1883"));
        var seed = Integer(given, "--seed", 1, int.MinValue);
        var spaces = Spaces(given, seed);
        var options = new SimulatorOptions
        {
            Host = host,
            Port = port,
            Username = given.GetValueOrDefault("--username"),
            Password = given.GetValueOrDefault("--password"),
            ClientId = given.GetValueOrDefault("--client-id"),
            Spaces = spaces,
            Staggered = !given.ContainsKey("--spaces"),
            Interval = Seconds(given, "--interval") ?? TimeSpan.FromSeconds(10),
            Level = (MqttQualityOfServiceLevel)Integer(given, "--qos", 0, 0, 1),
            Scenario = Scenario(given.GetValueOrDefault("--scenario", "calm")),
            Zone = Zone(given.GetValueOrDefault("--zone", "America/Mexico_City")),
            Seed = seed,
            Connections = Integer(given, "--connections", given.ContainsKey("--client-id") ? 1 : Math.Min(spaces.Count, 50), 1, 10_000),
            InFlight = Integer(given, "--in-flight", 100, 1, 65_000),
            Count = given.ContainsKey("--count") ? Integer(given, "--count", 0, 1) : null,
            Duration = Seconds(given, "--duration"),
            LedgerPath = given.GetValueOrDefault("--ledger"),
            PrintSpaces = given.ContainsKey("--print-spaces"),
        };

        if (options.LedgerPath is not null && options.Level == MqttQualityOfServiceLevel.AtMostOnce)
        {
            throw new ArgumentsException("--ledger needs --qos 1: the broker acknowledges nothing of QoS 0");
        }

        if (options is { ClientId: not null, Connections: > 1 })
        {
            throw new ArgumentsException("--client-id is the name of one connection: the next one would push it out");
        }

        return options;
    }

    private static Dictionary<string, string> Read(IReadOnlyList<string> arguments)
    {
        var given = new Dictionary<string, string>();

        for (var i = 0; i < arguments.Count; i++)
        {
            var (name, value) = arguments[i].Split('=', 2) is [var left, var right] ? (left, right) : (arguments[i], null);

            if (Flags.Contains(name) && value is null)
            {
                value = "";
            }
            else if (!Values.Contains(name))
            {
                throw new ArgumentsException($"unknown argument {arguments[i]}; --help lists them");
            }
            else if (value is null)
            {
                value = ++i < arguments.Count ? arguments[i] : throw new ArgumentsException($"{name} needs a value");
            }

            if (!given.TryAdd(name, value))
            {
                throw new ArgumentsException($"{name} is given twice");
            }
        }

        return given;
    }

    private static (string Host, int Port) Broker(string text)
    {
        var colon = text.LastIndexOf(':');

        if (colon > 0 && int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535)
        {
            return (text[..colon].Trim('[', ']'), port);
        }

        throw new ArgumentsException($"--broker is HOST:PORT, not {text}");
    }

    private static IReadOnlyList<SimulatedSpace> Spaces(Dictionary<string, string> given, int seed)
    {
        if (!given.TryGetValue("--spaces", out var list))
        {
            return SimulatedSpace.Generate(Integer(given, "--sites", 1, 1, 100_000), Integer(given, "--devices", 4, 1, 1_000_000), seed);
        }

        if (given.ContainsKey("--sites") || given.ContainsKey("--devices"))
        {
            throw new ArgumentsException("--spaces names the spaces: --sites and --devices have no place beside it");
        }

        return [.. list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(SimulatedSpace.Parse)];
    }

    private static int Integer(Dictionary<string, string> given, string name, int otherwise, int minimum, int maximum = int.MaxValue)
    {
        if (!given.TryGetValue(name, out var text))
        {
            return otherwise;
        }

        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum
            ? value
            : throw new ArgumentsException($"{name} is a whole number from {minimum} to {maximum}, not {text}");
    }

    private static TimeSpan? Seconds(Dictionary<string, string> given, string name)
    {
        if (!given.TryGetValue(name, out var text))
        {
            return null;
        }

        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds <= 1e6
            ? TimeSpan.FromSeconds(seconds)
            : throw new ArgumentsException($"{name} is a number of seconds, not {text}");
    }

    private static Scenario Scenario(string text) => text switch
    {
        "calm" => Simulator.Scenario.Calm,
        "stuffy" => Simulator.Scenario.Stuffy,
        "crowded" => Simulator.Scenario.Crowded,
        "after-hours" => Simulator.Scenario.AfterHours,
        "flaky" => Simulator.Scenario.Flaky,
        _ => throw new ArgumentsException($"--scenario is calm, stuffy, crowded, after-hours or flaky, not {text}"),
    };

    private static TimeZoneInfo Zone(string text) =>
        TimeZoneInfo.TryFindSystemTimeZoneById(text, out var zone) ? zone : throw new ArgumentsException($"--zone {text} is not known on this machine");
}
