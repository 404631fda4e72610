using System.Text;
using Coworking.Contracts;
using Coworking.IotIngest.Tests.Running;
using Coworking.Mqtt;

namespace Coworking.IotIngest.Tests.Ingest;

public sealed class TraceTests(IotFixture fixture) : IClassFixture<IotFixture>
{
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData($"00-{TraceId}-00f067aa0ba902b7-01", true)]
    [InlineData("00-not-a-trace", false)]
    public async Task One_trace_leads_from_the_publish_of_a_device_to_the_alert_on_the_bus(string traceParent, bool isTrace)
    {
        var room = await fixture.AddRoomAsync();
        var opened = await fixture.Platform.Bus.HearTracedAsync<AlertOpened>();

        foreach (var minute in (int[])[0, 1, 2])
        {
            await fixture.Platform.Mqtt.PublishAsync(
                new MqttApplicationMessage
                {
                    Topic = room.Topic,
                    Payload = Encoding.UTF8.GetBytes($"{{\"ts\":\"{Room.Text(room.Start.AddMinutes(minute))}\",\"occupancy\":9}}"),
                    QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
                    UserProperties = [new MqttUserProperty("origin", "test"), new MqttUserProperty("traceparent", traceParent)],
                }, Ended);
        }

        string? trace;
        System.Text.Json.JsonElement message;

        do
        {
            (trace, message) = await opened.ReadAsync(Ended).AsTask().WaitAsync(TestPlatform.Limit, Ended);
        }
        while (message.GetProperty("alert").GetProperty("spaceId").GetGuid() != room.Id);

        Assert.Equal(isTrace, trace?.Contains(TraceId, StringComparison.Ordinal) == true);
    }
}
