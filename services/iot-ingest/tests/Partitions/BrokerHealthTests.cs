using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Coworking.IotIngest.Tests.Running;
using Coworking.Local;

namespace Coworking.IotIngest.Tests.Partitions;

public sealed class BrokerHealthTests
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_broker_that_is_away_degrades_the_service_and_takes_it_out_of_no_rotation()
    {
        await using var platform = await TestPlatform.CreateAsync();
        await using var service = await platform.StartAsync();
        await UntilAsync(service, "Healthy");
        await platform.Broker.StopAsync(Ended);
        await UntilAsync(service, "Degraded");
        await platform.Broker.RestartAsync(Ended);
        await UntilAsync(service, "Healthy");
    }

    private static Task UntilAsync(RunningService service, string status) => Wait.UntilAsync(
        async () =>
        {
            using var answer = await service.SendAsync(HttpMethod.Get, "/health/ready");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            var ready = await answer.Content.ReadFromJsonAsync<JsonElement>(Ended);
            return ready.GetProperty("checks").GetProperty("mqtt").GetProperty("status").GetString() == status;
        },
        TestPlatform.Limit,
        $"the broker's health is {status}",
        Ended);
}
