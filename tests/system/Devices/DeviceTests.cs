using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Devices;

/// <summary>A device from its registration to its readings, by way of the gateway and with Mosquitto's own client.</summary>
public sealed class DeviceTests(RunningPlatform running)
{
    [Fact]
    public async Task A_registered_device_speaks_over_http_with_its_key_alone_and_over_mqtt_with_its_account()
    {
        var platform = running.Platform;
        var space = await platform.NewMetSpaceAsync();
        var before = await platform.Devices.SamplesAsync(space);
        var registered = (await platform.Admin.PostAsync("/api/v1/devices", new { serialNumber = $"SN-{space.Id:N}", spaceId = space.Id })).Expect(HttpStatusCode.Created);
        var (serial, key) = (registered.GetProperty("serialNumber").GetString()!, registered.GetProperty("apiKey").GetString()!);
        var mqtt = registered.GetProperty("mqtt");
        var now = TimeProvider.System.GetUtcNow();

        var (status, answer) = await PostAsync(serial, key, $"[{Sample.Of(now.AddSeconds(-2), tempC: 4)},{Sample.Of(now.AddSeconds(-1), tempC: 4)},7]");
        Assert.Equal(HttpStatusCode.Created, status);
        Assert.Equal(2, answer.GetProperty("accepted").GetInt32());
        Assert.Equal(1, answer.GetProperty("rejected").GetInt32());
        Assert.Equal(HttpStatusCode.Unauthorized, (await PostAsync(serial, "wrong", "{}")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await PostAsync(serial, null, "{}")).Status);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await PostAsync(serial, key, new string(' ', (4 * 1024 * 1024) + 1))).Status);

        string[] broker = ["-h", platform.Mosquitto.Host, "-p", platform.Mosquitto.Port.ToString(CultureInfo.InvariantCulture), "-V", "5", "-q", "1"];
        string[] account = ["-u", Word("username"), "-P", Word("password"), "-i", Word("clientId")];
        await ForeignProgram.RunAsync("mosquitto_pub", [.. broker, .. account, "-t", space.Topic("telemetry"), "-m", Sample.Of(now, tempC: 4)]);
        await Eventually.HoldsAsync(async () => await platform.Devices.SamplesAsync(space) == before + 3, "three readings more");

        string Word(string name) => mqtt.GetProperty(name).GetString()!;
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(string serial, string? key, string body)
    {
        using var http = new HttpClient { BaseAddress = running.Platform.Platform.Gateway };
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/readings/devices/{serial}/readings") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.ExpectContinue = true;

        if (key is not null)
        {
            request.Headers.Add("x-device-key", key);
        }

        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return (answer.StatusCode, json.RootElement.Clone());
    }
}
