using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Coworking.Contracts;
using Coworking.Hosting.Identity;
using Coworking.IotIngest.Devices;
using Coworking.IotIngest.Tests.Running;
using Coworking.Mqtt;

namespace Coworking.IotIngest.Tests.Devices;

public sealed class RegistrationTests(IotFixture fixture) : IClassFixture<IotFixture>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_device_is_registered_found_listed_changed_and_removed_and_its_secrets_are_shown_once()
    {
        var room = await fixture.AddRoomAsync();
        var device = await fixture.Service.RegisterAsync(room);
        var row = await fixture.Service.GetAsync($"/api/v1/devices/{device.Id}");
        Assert.Equal(device.Serial, row.GetProperty("serialNumber").GetString());
        Assert.Equal(room.Facts.LocationId, row.GetProperty("locationId").GetGuid());
        Assert.False(row.GetProperty("online").GetBoolean());
        Assert.False(row.TryGetProperty("apiKey", out _) || row.TryGetProperty("mqtt", out _));

        foreach (var query in (string[])[$"spaceId={room.Id}", $"locationId={room.Facts.LocationId}", $"spaceId={room.Id}&online=false"])
        {
            var list = await fixture.Service.GetAsync($"/api/v1/devices?{query}");
            Assert.Equal(device.Id, Assert.Single(list.GetProperty("data").EnumerateArray()).GetProperty("id").GetGuid());
        }

        Assert.Equal(0, (await fixture.Service.GetAsync($"/api/v1/devices?spaceId={room.Id}&online=true")).GetProperty("meta").GetProperty("total").GetInt32());

        using var changed = await fixture.Service.SendAsync(HttpMethod.Patch, $"/api/v1/devices/{device.Id}", new { firmwareVersion = "2.0.0" });
        Assert.Equal("2.0.0", (await changed.Content.ReadFromJsonAsync<JsonElement>(Ended)).GetProperty("firmwareVersion").GetString());

        using var removed = await fixture.Service.SendAsync(HttpMethod.Delete, $"/api/v1/devices/{device.Id}");
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        using var again = await fixture.Service.SendAsync(HttpMethod.Delete, $"/api/v1/devices/{device.Id}");
        Assert.Equal("Device not found", await RunningService.ProblemAsync(again, HttpStatusCode.NotFound));
    }

    [Fact]
    public async Task No_table_holds_a_key_or_a_password()
    {
        var device = await fixture.Service.RegisterAsync(await fixture.AddRoomAsync());
        var row = await fixture.Platform.ScalarAsync<string>("select d::text from devices d where id = $1", device.Id);
        Assert.DoesNotContain(device.ApiKey, row, StringComparison.Ordinal);
        Assert.DoesNotContain(device.Password, row, StringComparison.Ordinal);
        Assert.Equal(DeviceSecrets.Hash(device.ApiKey), await fixture.Platform.ScalarAsync<byte[]>("select key_hash from devices where id = $1", device.Id));
    }

    [Fact]
    public async Task A_serial_number_is_registered_once_also_when_many_ask_at_once()
    {
        var room = await fixture.AddRoomAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ =>
            fixture.Service.SendAsync(HttpMethod.Post, "/api/v1/devices", new { serialNumber = "SN-twice", spaceId = room.Id })));
        Assert.Equal(1, answers.Count(answer => answer.StatusCode == HttpStatusCode.Created));
        Assert.Equal(7, answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict));
        Assert.Equal(1, await fixture.Platform.ScalarAsync<long>("select count(*) from devices where serial_number = 'SN-twice'"));
    }

    public static TheoryData<string, string> Wrong => new()
    {
        { """{"spaceId":"SPACE"}""", "serialNumber" },
        { """{"serialNumber":"","spaceId":"SPACE"}""", "serialNumber" },
        { """{"serialNumber":"a/b","spaceId":"SPACE"}""", "serialNumber" },
        { """{"serialNumber":"-a","spaceId":"SPACE"}""", "serialNumber" },
        { """{"serialNumber":"a\n","spaceId":"SPACE"}""", "serialNumber" },
        { $$"""{"serialNumber":"{{new string('a', 65)}}","spaceId":"SPACE"}""", "serialNumber" },
        { """{"serialNumber":7,"spaceId":"SPACE"}""", "serialNumber" },
        { """{"serialNumber":"a"}""", "spaceId" },
        { """{"serialNumber":"a","spaceId":"7"}""", "spaceId" },
        { """{"serialNumber":"a","spaceId":"SPACE","firmwareVersion":""}""", "firmwareVersion" },
        { $$"""{"serialNumber":"a","spaceId":"SPACE","firmwareVersion":"{{new string('1', 65)}}"}""", "firmwareVersion" },
        { """{"serialNumber":"a","spaceId":"SPACE","firmwareVersion":"a\u0000b"}""", "firmwareVersion" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_field_beyond_its_bounds_is_named(string body, string field)
    {
        using var content = new StringContent(body.Replace("SPACE", Guid.CreateVersion7().ToString(), StringComparison.Ordinal), System.Text.Encoding.UTF8, "application/json");
        using var answer = await fixture.Service.SendAsync(HttpMethod.Post, "/api/v1/devices", content);
        Assert.StartsWith(field, await RunningService.ProblemAsync(answer, HttpStatusCode.BadRequest), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "Give spaceId or firmwareVersion")]
    [InlineData("""{"spaceId":null}""", "spaceId must be a valid UUID")]
    [InlineData("""{"spaceId":"x"}""", "spaceId must be a valid UUID")]
    [InlineData("""{"firmwareVersion":""}""", "firmwareVersion must be text of 1 to 64 characters")]
    public async Task So_is_that_of_a_change(string body, string message)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await fixture.Service.SendAsync(HttpMethod.Patch, $"/api/v1/devices/{Guid.CreateVersion7()}", content);
        Assert.Equal(message, await RunningService.ProblemAsync(answer, HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task What_is_not_there_is_a_404_and_what_is_no_id_a_400()
    {
        var device = await fixture.Service.RegisterAsync(await fixture.AddRoomAsync(), new string('a', 64));
        var unknown = Guid.CreateVersion7();
        using var space = await fixture.Service.SendAsync(HttpMethod.Post, "/api/v1/devices", new { serialNumber = "SN-nowhere", spaceId = unknown });
        Assert.Equal("Space not found", await RunningService.ProblemAsync(space, HttpStatusCode.NotFound));
        using var move = await fixture.Service.SendAsync(HttpMethod.Patch, $"/api/v1/devices/{device.Id}", new { spaceId = unknown });
        Assert.Equal("Space not found", await RunningService.ProblemAsync(move, HttpStatusCode.NotFound));

        foreach (var (method, path) in ((string, string)[])[("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/rotate-key")])
        {
            var body = method == "PATCH" ? new { firmwareVersion = "1" } : null;
            using var absent = await fixture.Service.SendAsync(new HttpMethod(method), $"/api/v1/devices/{unknown}{path}", body);
            Assert.Equal("Device not found", await RunningService.ProblemAsync(absent, HttpStatusCode.NotFound));
            using var wrong = await fixture.Service.SendAsync(new HttpMethod(method), $"/api/v1/devices/7{path}", body);
            await RunningService.ProblemAsync(wrong, HttpStatusCode.BadRequest);
        }

        foreach (var query in (string[])["spaceId=7", "locationId=x", "online=maybe", "page=0", "pageSize=101"])
        {
            using var wrong = await fixture.Service.SendAsync(HttpMethod.Get, $"/api/v1/devices?{query}");
            await RunningService.ProblemAsync(wrong, HttpStatusCode.BadRequest);
        }
    }

    [Fact]
    public async Task Devices_are_for_admins_and_technicians()
    {
        using var look = await fixture.Service.SendAsync(HttpMethod.Get, "/api/v1/devices", role: Roles.Technician);
        Assert.Equal(HttpStatusCode.OK, look.StatusCode);

        foreach (var (method, path) in ((string, string)[])[("GET", ""), ("GET", "/7"), ("POST", ""), ("PATCH", "/7"), ("DELETE", "/7"), ("POST", "/7/rotate-key")])
        {
            foreach (var role in (string[])[Roles.User, Roles.Reception, Roles.Specialist, Roles.Customer])
            {
                using var answer = await fixture.Service.SendAsync(new HttpMethod(method), $"/api/v1/devices{path}", method == "GET" ? null : new { }, role: role);
                Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            }

            // Let in, and only then judged by what was sent.
            using var let = await fixture.Service.SendAsync(new HttpMethod(method), $"/api/v1/devices{path}", method == "GET" ? null : new { }, role: Roles.Technician);
            Assert.NotEqual(HttpStatusCode.Forbidden, let.StatusCode);
        }
    }

    [Fact]
    public async Task A_device_that_moves_speaks_at_its_new_place_and_no_more_at_the_old_one()
    {
        var (before, after) = (await fixture.AddRoomAsync(), await fixture.AddRoomAsync());
        var device = await fixture.Service.RegisterAsync(before);
        var account = fixture.Platform.Options(device);
        Assert.Equal(MqttReasonCode.Success, await account.TryAsync(before.Topic, DeviceCalls.Sample(before.Start)));

        using var moved = await fixture.Service.SendAsync(HttpMethod.Patch, $"/api/v1/devices/{device.Id}", new { spaceId = after.Id });
        Assert.Equal(after.Facts.LocationId, (await moved.Content.ReadFromJsonAsync<JsonElement>(Ended)).GetProperty("locationId").GetGuid());

        Assert.Equal(MqttReasonCode.NotAuthorized, await account.TryAsync(before.Topic, DeviceCalls.Sample(before.Start.AddSeconds(1))));
        Assert.Equal(MqttReasonCode.Success, await account.TryAsync(after.Topic, DeviceCalls.Sample(after.Start)));
        await before.StoredAsync(1);
        await after.StoredAsync(1);
    }

    [Fact]
    public async Task A_space_that_moves_takes_its_devices_along_and_one_that_goes_leaves_them_without_rights()
    {
        var room = await fixture.AddRoomAsync();
        var device = await fixture.Service.RegisterAsync(room);
        var account = fixture.Platform.Options(device);
        var old = room.Topic;
        var elsewhere = Guid.CreateVersion7();
        await fixture.Platform.Bus.SayAsync(TestPlatform.Location(elsewhere));
        await room.ChangeAsync(room.Facts with { LocationId = elsewhere });
        await EventuallyAsync(account, room.Topic, MqttReasonCode.Success);
        Assert.Equal(MqttReasonCode.NotAuthorized, await account.TryAsync(old, "{}"));

        await room.ChangeAsync(room.Facts, ChangeKinds.Removed);
        await EventuallyAsync(account, room.Topic, MqttReasonCode.NotAuthorized);
    }

    private static Task EventuallyAsync(MqttClientOptions account, string topic, MqttReasonCode code) => Coworking.Local.Wait.UntilAsync(
        async () =>
        {
            try
            {
                return await account.TryAsync(topic, "{}") == code;
            }
            catch (MqttException)
            {
                // The broker cuts whoever is connected when its role changes.
                return false;
            }
        },
        TestPlatform.Limit, $"{code} on {topic}", Ended);
}
