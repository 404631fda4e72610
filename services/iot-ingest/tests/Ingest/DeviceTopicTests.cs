using System.Text;
using Coworking.Hosting.Postgres;
using Coworking.IotIngest.Ingest;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Coworking.IotIngest.Tests.Ingest;

/// <summary>A directory that knows no space: what a known space makes of a topic is tested with the database.</summary>
public sealed class DeviceTopicTests : IDisposable
{
    private const string Location = "cfaa672e-cf6e-4192-8736-254ca954928c";
    private const string Space = "b6194839-7438-4587-a52e-eeef27d00282";

    private readonly NpgsqlDataSource _nowhere = NpgsqlDataSource.Create("Host=127.0.0.1");
    private readonly PostgresListener _listener;
    private readonly SpaceDirectory _spaces;

    public DeviceTopicTests()
    {
        _listener = new PostgresListener(_nowhere, TimeProvider.System, NullLogger<PostgresListener>.Instance);
        _spaces = new SpaceDirectory(_nowhere, _listener, TimeProvider.System, NullLogger<SpaceDirectory>.Instance);
    }

    public void Dispose()
    {
        _spaces.Dispose();
        _listener.Dispose();
        _nowhere.Dispose();
    }

    [Theory]
    [InlineData($"sites/{Location}/offices/{Space}/telemetry", false)]
    [InlineData($"sites/{Location}/offices/{Space}/reported", true)]
    [InlineData("sites/CFAA672E-CF6E-4192-8736-254CA954928C/offices/B6194839-7438-4587-A52E-EEEF27D00282/telemetry", false)]
    public void A_topic_in_form_whose_space_nobody_knows(string topic, bool isReported)
    {
        var rejection = DeviceTopic.Parse(Encoding.UTF8.GetBytes(topic), _spaces, out var space, out var reported);
        Assert.Equal(new Rejection(Rejection.UnknownSpace, $"space {Space} is not known"), rejection);
        Assert.Null(space);
        Assert.Equal(isReported, reported);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/reported")]
    [InlineData("sites")]
    [InlineData($"sites/{Location}/offices/{Space}")]
    [InlineData($"sites/{Location}/offices/{Space}/")]
    [InlineData($"sites/{Location}/offices/{Space}/desired")]
    [InlineData($"sites/{Location}/offices/{Space}/telemetry/more")]
    [InlineData($"sites/{Location}/offices/{Space}/more/telemetry")]
    [InlineData($"sites/{Location}/offices/{Space}telemetry")]
    [InlineData($"Sites/{Location}/offices/{Space}/telemetry")]
    [InlineData($"sites/{Location}/rooms000/{Space}/telemetry")]
    [InlineData($"sites/{Location}x/offices/{Space}/telemetry")]
    [InlineData($"sites//offices/{Space}/telemetry")]
    [InlineData($"sites/{Location}/offices//telemetry")]
    [InlineData("sites/cfaa672ecf6e41928736254ca954928c/offices/b6194839743845870000a52eeeef27d0/telemetry")]
    [InlineData($"sites/zzaa672e-cf6e-4192-8736-254ca954928c/offices/{Space}/telemetry")]
    [InlineData($"sites/{Location}/offices/b6194839-7438-4587-a52e-eeef27d0028g/telemetry")]
    [InlineData($"sites/{Location}/offices/{Space}/Telemetry")]
    public void Anything_else_is_malformed(string topic) =>
        Assert.Equal(Rejection.Malformed, DeviceTopic.Parse(Encoding.UTF8.GetBytes(topic), _spaces, out _, out _)?.Reason);

    [Fact]
    public void Filters_and_topics_are_spelled_as_devices_know_them()
    {
        Assert.Equal($"sites/{Location}/offices/+/telemetry", DeviceTopic.Filter(new Guid(Location), "telemetry"));
        Assert.Equal($"sites/{Location}/offices/{Space}/desired", DeviceTopic.Desired(new Guid(Location), new Guid(Space)));
    }
}
