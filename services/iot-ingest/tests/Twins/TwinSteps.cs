using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Coworking.Hosting.Identity;
using Coworking.IotIngest.Tests.Running;
using Coworking.IotIngest.Twins;
using Coworking.Local;

namespace Coworking.IotIngest.Tests.Twins;

/// <summary>What tests do with a twin: ask, report, look, let time pass.</summary>
internal static class TwinSteps
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    internal static Task<bool> SendReportAsync(this IotFixture _, Room room, int minute, int sampling, int threshold) => room.SendAsync(
        $"{{\"ts\":\"{Room.Text(room.Start.AddMinutes(minute))}\",\"samplingIntervalSec\":{sampling},\"co2_alert_threshold\":{threshold},\"firmwareVersion\":\"1.0.0\"}}", "reported");

    internal static Task<JsonElement> TwinAsync(this IotFixture fixture, Room room) => fixture.Service.GetAsync($"/api/v1/iot/spaces/{room.Id}/twin");

    internal static async Task<(string Status, string Delta, string Tag)> StateAsync(this IotFixture fixture, Room room)
    {
        using var answer = await fixture.Service.SendAsync(HttpMethod.Get, $"/api/v1/iot/spaces/{room.Id}/twin", role: Roles.User);
        var twin = await answer.Content.ReadFromJsonAsync<JsonElement>(Ended);
        return (twin.GetProperty("status").GetString()!, twin.GetProperty("delta").GetRawText(), answer.Headers.ETag!.ToString());
    }

    /// <summary>Returns when the report is in the history.</summary>
    internal static async Task ReportAsync(this IotFixture fixture, Room room, int minute, int sampling, int threshold)
    {
        await fixture.SendReportAsync(room, minute, sampling, threshold);
        await fixture.Platform.UntilAsync("select count(*) from twin_history where space_id = $1 and kind = 'reported' and at = $2", 1, room.Id, room.Start.AddMinutes(minute).UtcDateTime);
    }

    internal static Task<HttpResponseMessage> PatchAsync(this IotFixture fixture, Room room, object desired, string? ifMatch) => fixture.Service.SendAsync(
        HttpMethod.Patch, $"/api/v1/iot/spaces/{room.Id}/desired", desired, more: request => _ = ifMatch is null || request.Headers.TryAddWithoutValidation("If-Match", ifMatch));

    internal static async Task<JsonElement> DesireAsync(this IotFixture fixture, Room room, object desired)
    {
        using var answer = await fixture.PatchAsync(room, desired, null);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Ended);
    }

    internal static Task PublishedAsync(this IotFixture fixture, Room room) =>
        Wait.UntilAsync(async () => (await fixture.TwinAsync(room)).GetProperty("published").GetBoolean(), TestPlatform.Limit, "desired published", Ended);

    /// <summary>As if what is stored had been so for two more minutes.</summary>
    internal static Task AgeAsync(this IotFixture fixture, Room room) => fixture.Platform.ExecuteAsync(
        "update twins set desired_published_at = desired_published_at - interval '2 minutes', status_since = status_since - interval '2 minutes' where space_id = $1", room.Id);

    internal static Task<int> WatchAsync(this IotFixture fixture) => fixture.Service.Hosted<TwinWatch>().RunOnceAsync(Ended);
}
