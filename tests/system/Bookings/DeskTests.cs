using System.Net;
using System.Net.Http.Json;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Bookings;

/// <summary>Policies, states and keys as clients meet them at the gateway.</summary>
public sealed class DeskTests(RunningPlatform running)
{
    private const string Path = "/api/v1/bookings";

    private readonly TestPlatform _platform = running.Platform;

    [Fact]
    public async Task What_needs_approval_is_asked_for_once_approved_started_and_completed()
    {
        var space = await _platform.NewSpaceAsync();
        var policy = (await _platform.Admin.PutAsync($"/api/v1/spaces/{space.Id}/policy", new { requiresApproval = true, maxMinutes = 120 })).Expect(HttpStatusCode.OK);
        Assert.Equal(policy.GetRawText(), (await _platform.User.GetAsync($"/api/v1/spaces/{space.Id}/policy")).Expect(HttpStatusCode.OK).GetRawText());
        var wish = Wish.For(space.Id, Wish.NewEmail("desk"), LocalTime.ComingMonday(2), 9, 11);
        (await _platform.User.PostAsync($"{Path}?dryRun=true", wish)).Expect(HttpStatusCode.OK);

        var first = await OnceAsync(wish);
        var again = await OnceAsync(wish);
        Assert.Equal(first.Expect(HttpStatusCode.Created).GetRawText(), again.Expect(HttpStatusCode.Created).GetRawText());
        Assert.Single((await _platform.User.GetAsync($"{Path}?spaceId={space.Id}&status=pending")).Json.Rows());

        var one = $"{Path}/{first.Json.Id()}";
        (await _platform.Admin.PostAsync($"{one}/start", new { })).ExpectProblem(HttpStatusCode.Conflict, "A booking that is pending cannot become in_progress");
        (await _platform.User.PostAsync($"{one}/confirm", new { })).ExpectProblem(HttpStatusCode.Forbidden, "admin access");

        foreach (var (verb, status) in new[] { ("confirm", "confirmed"), ("start", "in_progress"), ("complete", "completed") })
        {
            Assert.Equal(status, (await _platform.Admin.PostAsync($"{one}/{verb}", new { })).Expect(HttpStatusCode.OK).Text("status"));
        }

        Task<Answer> OnceAsync(object body) => _platform.User.SendAsync(HttpMethod.Post, Path, JsonContent.Create(body), ("idempotency-key", $"desk {space.Id}"));
    }
}
