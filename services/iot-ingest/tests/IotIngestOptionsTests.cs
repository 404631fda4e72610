using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Coworking.IotIngest.Tests;

public sealed class IotIngestOptionsTests
{
    [Fact]
    public void The_defaults_are_valid() => Assert.True(Validate(new IotIngestOptions()).Succeeded);

    public static TheoryData<string, int> Wrong => new()
    {
        { nameof(IotIngestOptions.Partitions), 0 },
        { nameof(IotIngestOptions.Partitions), 100 },
        { nameof(IotIngestOptions.ReceiveMaximum), 0 },
        { nameof(IotIngestOptions.RawRetentionDays), 0 },
        { nameof(IotIngestOptions.RawRetentionDays), 367 },
        { nameof(IotIngestOptions.WindowRetentionDays), 0 },
        { nameof(IotIngestOptions.RejectedRetentionDays), 0 },
        { nameof(BrokerOptions.Port), 0 },
        { nameof(BrokerOptions.Port), 65_536 },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_value_beyond_its_bounds_is_named(string name, int value)
    {
        var options = name switch
        {
            nameof(IotIngestOptions.Partitions) => new IotIngestOptions { Partitions = value },
            nameof(IotIngestOptions.ReceiveMaximum) => new IotIngestOptions { ReceiveMaximum = (ushort)value },
            nameof(IotIngestOptions.RawRetentionDays) => new IotIngestOptions { RawRetentionDays = value },
            nameof(IotIngestOptions.WindowRetentionDays) => new IotIngestOptions { WindowRetentionDays = value },
            nameof(IotIngestOptions.RejectedRetentionDays) => new IotIngestOptions { RejectedRetentionDays = value },
            _ => new IotIngestOptions { Mqtt = new BrokerOptions { Port = value } },
        };
        var result = Validate(options);
        Assert.True(result.Failed);
        Assert.Contains(name, result.FailureMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, 60)]
    [InlineData(true, 1, 2, 3, 4)]
    [InlineData(false, 0)]
    [InlineData(false, 60, 60)]
    [InlineData(false, 60, 30)]
    public void Levels_of_escalation_lie_one_above_the_other(bool isValid, params int[] minutes) =>
        Assert.Equal(isValid, Validate(new IotIngestOptions { EscalateAfter = Array.ConvertAll(minutes, minute => TimeSpan.FromMinutes(minute)) }).Succeeded);

    [Fact]
    public void Levels_that_are_configured_replace_the_defaults()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["EscalateAfter:0"] = "00:10:00", ["EscalateAfter:1"] = "1.00:00:00" }).Build();
        Assert.Equal([TimeSpan.FromMinutes(10), TimeSpan.FromDays(1)], configuration.Get<IotIngestOptions>()!.EscalationLevels);
        Assert.Equal([1, 4, 24], new IotIngestOptions().EscalationLevels.Select(level => level.TotalHours));
    }

    [Fact]
    public void A_broker_needs_a_host() => Assert.True(Validate(new IotIngestOptions { Mqtt = new BrokerOptions { Host = "" } }).Failed);

    private static ValidateOptionsResult Validate(IotIngestOptions options) => new IotIngestOptionsValidator().Validate(null, options);
}
