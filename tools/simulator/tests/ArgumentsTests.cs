using Coworking.Mqtt;

namespace Coworking.Simulator.Tests;

public sealed class ArgumentsTests
{
    private const string Space = "cfaa672e-cf6e-4192-8736-254ca954928c/b6194839-7438-4587-a52e-eeef27d00282";

    [Fact]
    public void Nothing_given_is_the_firmware_against_the_local_broker()
    {
        var options = Arguments.Parse([]);

        Assert.Equal(("127.0.0.1", 1883), (options.Host, options.Port));
        Assert.Equal((TimeSpan.FromSeconds(10), MqttQualityOfServiceLevel.AtMostOnce, Scenario.Calm), (options.Interval, options.Level, options.Scenario));
        Assert.Equal((4, 4), (options.Spaces.Count, options.Connections));
        Assert.False(options.IsLoad);
    }

    [Fact]
    public void Everything_given_is_taken()
    {
        var options = Arguments.Parse([
            "--broker", "[::1]:1999", "--username", "u", "--password=p=q", "--spaces", $"{Space},{Space}:30,{Space}:2:cold", "--interval", "0", "--qos", "1",
            "--scenario", "after-hours", "--zone", "Europe/Berlin", "--seed", "-7", "--connections", "3", "--count", "9", "--duration", "1.5",
            "--in-flight", "20", "--ledger", "f",
        ]);

        Assert.Equal(("::1", 1999, "u", "p=q"), (options.Host, options.Port, options.Username, options.Password));
        Assert.Equal([(null, false), (30, false), (2, true)], options.Spaces.Select(space => (space.Capacity, space.IsCold)));
        Assert.Equal((true, Scenario.AfterHours, -7, 3), (options.IsLoad, options.Scenario, options.Seed, options.Connections));
        Assert.Equal((9L, TimeSpan.FromSeconds(1.5), 20, "f"), (options.Count, options.Duration, options.InFlight, options.LedgerPath));
        Assert.False(options.Staggered);
    }

    [Theory]
    [InlineData("--speed", "unknown argument --speed")]
    [InlineData("--seed", "--seed needs a value")]
    [InlineData("--seed 1 --seed 2", "--seed is given twice")]
    [InlineData("--qos 2", "--qos is a whole number from 0 to 1, not 2")]
    [InlineData("--broker localhost", "--broker is HOST:PORT, not localhost")]
    [InlineData("--broker localhost:0", "--broker is HOST:PORT")]
    [InlineData("--interval -1", "--interval is a number of seconds, not -1")]
    [InlineData("--scenario wild", "--scenario is calm, stuffy, crowded, after-hours or flaky, not wild")]
    [InlineData("--spaces a/b", "a space is LOCATION/SPACE")]
    [InlineData("--spaces " + Space + ":0", "a space is LOCATION/SPACE")]
    [InlineData("--spaces " + Space + ":2:warm", "a space is LOCATION/SPACE")]
    [InlineData("--spaces " + Space + " --sites 2", "--sites and --devices have no place beside it")]
    [InlineData("--ledger f", "--ledger needs --qos 1")]
    [InlineData("--zone Mars/Olympus", "--zone Mars/Olympus is not known")]
    public void What_cannot_be_understood_is_said(string line, string message) =>
        Assert.Contains(message, Assert.Throws<ArgumentsException>(() => Arguments.Parse(line.Split(' '))).Message, StringComparison.Ordinal);

    [Fact]
    public void The_same_seed_gives_the_same_spaces_and_another_seed_others()
    {
        var spaces = SimulatedSpace.Generate(3, 10, seed: 5);

        Assert.Equal(spaces, SimulatedSpace.Generate(3, 10, seed: 5));
        Assert.Equal((3, 10), (spaces.Select(space => space.LocationId).Distinct().Count(), spaces.Select(space => space.SpaceId).Distinct().Count()));
        Assert.DoesNotContain(spaces[0], SimulatedSpace.Generate(3, 10, seed: 6));
        Assert.Equal(4, spaces[0].SpaceId.Version);
    }

    [Fact]
    public void The_usage_names_every_argument()
    {
        foreach (var name in (string[])["--broker", "--username", "--spaces", "--sites", "--print-spaces", "--interval", "--ledger", "--in-flight", "--zone"])
        {
            Assert.Contains(name, Arguments.Usage, StringComparison.Ordinal);
        }
    }
}
