using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Coworking.IotIngest.Tests.Running;

namespace Coworking.IotIngest.Tests.Devices;

public sealed class ReadingsTests(IotFixture fixture) : IClassFixture<IotFixture>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Readings_count_once_over_http_and_mqtt_together_and_the_answer_says_which_were_new()
    {
        var (room, device) = await NewAsync();
        var one = DeviceCalls.Sample(room.Start);
        Assert.Equal((1, 0, 0), await TakenAsync(device, one));
        Assert.Equal((0, 1, 0), await TakenAsync(device, one));
        Assert.Equal((1, 2, 0), await TakenAsync(device, $"[{one},{DeviceCalls.Sample(room.Start.AddSeconds(1))},{DeviceCalls.Sample(room.Start.AddSeconds(1))}]"));

        await room.SendAsync(DeviceCalls.Sample(room.Start.AddSeconds(2)));
        await room.StoredAsync(3);
        Assert.Equal((0, 1, 0), await TakenAsync(device, DeviceCalls.Sample(room.Start.AddSeconds(2))));
        var window = Assert.Single((await fixture.Service.GetAsync($"/api/v1/iot/spaces/{room.Id}/telemetry")).EnumerateArray());
        Assert.Equal(3, window.GetProperty("sampleCount").GetInt32());
    }

    [Fact]
    public async Task The_names_of_http_mean_the_members_of_mqtt()
    {
        var (room, device) = await NewAsync();
        var aliases = DeviceCalls.Sample(room.Start, "\"temperature\":4.5,\"humidity\":80,\"powerStatus\":true,\"doorStatus\":false,\"batteryLevel\":77");
        var members = DeviceCalls.Sample(room.Start, "\"temp_c\":4.5,\"humidity_pct\":80,\"power_ok\":true,\"door_open\":false,\"battery_pct\":77");
        Assert.Equal((1, 0, 0), await TakenAsync(device, aliases));
        Assert.Equal((0, 1, 0), await TakenAsync(device, members));
        Assert.Equal("4500 80000 77000 true false", await fixture.Platform.ScalarAsync<string>(
            """
            select concat_ws(' ', temp_c, humidity_pct, battery_pct, case when power_ok then 'true' end, case when not door_open then 'false' end)
            from readings r join spaces s on s.key = r.space_key where s.id = $1
            """, room.Id));
    }

    [Fact]
    public async Task Three_bad_of_a_thousand_keep_the_rest_and_are_named_with_their_reasons()
    {
        var (room, device) = await NewAsync();
        var readings = Enumerable.Range(0, 1000).Select(i => DeviceCalls.Sample(room.Start.AddMilliseconds(i))).ToArray();
        readings[7] = "7";
        readings[500] = DeviceCalls.Sample(room.Start, "\"temp_c\":126");
        readings[999] = DeviceCalls.Sample(TimeProvider.System.GetUtcNow().AddDays(-31));
        using var answer = await fixture.Service.PostAsync(device.Serial, device.ApiKey, $"[{string.Join(',', readings)}]");
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>(Ended);
        Assert.Equal((997, 0, 3), Counts(body));
        Assert.Equal(
            [(7, "malformed"), (500, "out_of_range"), (999, "too_old")],
            body.GetProperty("items").EnumerateArray().Select(item => (item.GetProperty("index").GetInt32(), item.GetProperty("reason").GetString())));
        await room.StoredAsync(997);
        Assert.Equal(3, await fixture.Platform.ScalarAsync<long>("select count(*) from rejected_readings where topic = $1", $"http/devices/{device.Serial}"));
    }

    [Fact]
    public async Task The_same_batch_sent_many_times_at_once_is_new_exactly_once()
    {
        var (room, device) = await NewAsync();
        var body = $"[{string.Join(',', Enumerable.Range(0, 200).Select(i => DeviceCalls.Sample(room.Start.AddMilliseconds(i))))}]";
        var counts = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => TakenAsync(device, body)));
        Assert.Equal(200, counts.Sum(count => count.Accepted));
        Assert.Equal(1000, counts.Sum(count => count.Duplicate));
        await room.StoredAsync(200);
    }

    [Fact]
    public async Task The_key_must_be_that_of_the_device()
    {
        var (room, device) = await NewAsync();
        var other = await fixture.Service.RegisterAsync(room);
        var body = DeviceCalls.Sample(room.Start);

        foreach (var (serial, key, status, message) in ((string, string?, HttpStatusCode, string)[])
        [
            (device.Serial, null, HttpStatusCode.Unauthorized, "Missing x-device-key header"),
            (device.Serial, "", HttpStatusCode.Unauthorized, "Missing x-device-key header"),
            (device.Serial, "wrong", HttpStatusCode.Unauthorized, "Invalid device key"),
            ("SN-nobody", "wrong", HttpStatusCode.Unauthorized, "Invalid device key"),
            (device.Serial, other.ApiKey, HttpStatusCode.Forbidden, "This key belongs to another device"),
            ("SN-nobody", other.ApiKey, HttpStatusCode.Forbidden, "This key belongs to another device"),
        ])
        {
            using var answer = await fixture.Service.PostAsync(serial, key, body);
            Assert.Equal(message, await RunningService.ProblemAsync(answer, status));
        }

        await room.StoredAsync(0);
    }

    public static TheoryData<string, int, string> Wrong => new()
    {
        { "", 400, "The request body is not valid JSON" },
        { "{", 400, "The request body is not valid JSON" },
        { new string('[', 200), 400, "The request body is not valid JSON" },
        { "7", 400, "The body must be a reading or an array of readings" },
        { "null", 400, "The body must be a reading or an array of readings" },
        { "[]", 400, "The array has no readings" },
        { $"[{string.Join(',', Enumerable.Repeat("{}", 1001))}]", 413, "At most 1000 readings are taken at a time; send them in parts" },
        { $"[\"{new string('a', 4 * 1024 * 1024)}\"]", 413, "The request body is too large" },
        { "{}", 400, "No reading was taken: ts is missing" },
        { """{"ts":"2026-01-01T00:00:00","temp_c":4}""", 400, "No reading was taken: ts must be an RFC 3339 time with a zone" },
        { """{"ts":"NOW"}""", 400, "No reading was taken: the payload has no metric" },
        { """{"ts":"NOW","temp_c":-80.1}""", 400, "No reading was taken: temp_c must be from -80 to 125" },
        { """{"ts":"NOW","batteryLevel":100.5}""", 400, "No reading was taken: battery_pct must be from 0 to 100" },
        { """{"ts":"NOW","doorStatus":"open"}""", 400, "No reading was taken: door_open must be true or false" },
        { """{"ts":"2999-01-01T00:00:00Z","temp_c":4}""", 400, "No reading was taken: ts 2999-01-01T00:00:00.0000000+00:00 is more than 15 minutes ahead" },
        { """{"ts":"NOW","temp_c":4,"device":"SN-other"}""", 400, "No reading was taken: device names another device than the address" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_body_that_cannot_be_taken_is_refused_with_the_reason(string body, int status, string message)
    {
        var (room, device) = await NewAsync();
        using var answer = await fixture.Service.PostAsync(device.Serial, device.ApiKey, body.Replace("NOW", Room.Text(room.Start), StringComparison.Ordinal));
        Assert.Equal(message, await RunningService.ProblemAsync(answer, (HttpStatusCode)status));
        await room.StoredAsync(0);
    }

    [Fact]
    public async Task The_ends_of_the_ranges_are_taken()
    {
        var (room, device) = await NewAsync();
        Assert.Equal((3, 0, 0), await TakenAsync(device, $"[{DeviceCalls.Sample(room.Start, "\"temperature\":-80")},{DeviceCalls.Sample(room.Start, "\"temperature\":125")},"
            + $"{DeviceCalls.Sample(room.Start, $"\"device\":\"{device.Serial}\",\"humidity\":0")}]"));
    }

    [Fact]
    public async Task While_nothing_can_be_committed_a_device_is_told_to_come_again_and_what_it_sent_counts_once()
    {
        var (room, device) = await NewAsync();
        var body = $"[{DeviceCalls.Sample(room.Start)},{DeviceCalls.Sample(room.Start.AddSeconds(1))}]";

        await using (var blocker = await fixture.Platform.Database.OpenConnectionAsync(Ended))
        {
            await using var transaction = await blocker.BeginTransactionAsync(Ended);
            await using var block = new Npgsql.NpgsqlCommand("lock table readings in access exclusive mode", blocker, transaction);
            await block.ExecuteNonQueryAsync(Ended);
            using var answer = await fixture.Service.PostAsync(device.Serial, device.ApiKey, body);
            await RunningService.ProblemAsync(answer, HttpStatusCode.ServiceUnavailable);
            Assert.NotNull(answer.Headers.RetryAfter);
        }

        await room.StoredAsync(2);
        Assert.Equal((0, 2, 0), await TakenAsync(device, body));
    }

    private async Task<(Room Room, Registered Device)> NewAsync()
    {
        var room = await fixture.AddRoomAsync();
        return (room, await fixture.Service.RegisterAsync(room));
    }

    private async Task<(int Accepted, int Duplicate, int Rejected)> TakenAsync(Registered device, string body)
    {
        using var answer = await fixture.Service.PostAsync(device.Serial, device.ApiKey, body);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return Counts(await answer.Content.ReadFromJsonAsync<JsonElement>(Ended));
    }

    private static (int Accepted, int Duplicate, int Rejected) Counts(JsonElement body) =>
        (body.GetProperty("accepted").GetInt32(), body.GetProperty("duplicate").GetInt32(), body.GetProperty("rejected").GetInt32());
}
