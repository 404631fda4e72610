using System.Net;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Http;

public sealed class BadInputTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    public static TheoryData<string> Bodies { get; } =
    [
        "", " ", "{", "null", "[]", "42", "\"text\"", "{]}", "{\"name\":}", "{\"spaceId\":42}", "{\"spaceId\":{}}", "{\"name\":[1]}", "{\"capacity\":\"eight\"}", "{\"capacity\":1.5}",
        "{\"capacity\":99999999999}", "{\"latitude\":\"north\"}", "{\"latitude\":1e999}", "{\"attendees\":true}", "{\"amenities\":\"one\"}", "{\"amenities\":[null]}",
        "{\"contacts\":[null]}", "{\"climate\":7}", "{\"name\":\"\\u0000\"}", "{\"name\":\"\\ud800\"}", "{\"clientEmail\":\"\\ud800@example.com\"}", "{\"workDays\":[\"Monday\"]}",
        "{\"openTime\":900}", "{\"startTime\":\"0001-01-01T00:00:00Z\"}", "{\"startTime\":\"9999-12-31T23:59:59.9999999Z\"}", "{\"bookingDate\":\"0001-01-01\"}",
        new string('[', 100) + new string(']', 100),
    ];

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_malformed_body_is_a_400_wherever_it_is_sent(string body)
    {
        var (location, space) = (await host.LocationAsync(), await host.SpaceAsync());
        var booking = await host.BookAsync(space, Stage.Monday());
        (HttpMethod Method, string Path)[] routes =
        [
            (HttpMethod.Post, "/locations"), (HttpMethod.Post, "/spaces"), (HttpMethod.Post, "/bookings"), (HttpMethod.Patch, $"/locations/{location}"),
            (HttpMethod.Patch, $"/spaces/{space}"), (HttpMethod.Patch, $"/bookings/{booking.Id}"), (HttpMethod.Put, $"/iot/spaces/{space}/office-hours"),
        ];

        foreach (var (method, path) in routes)
        {
            var answer = await host.Admin.SendTextAsync(method, path, body);
            // A member that a route does not know is ignored there.
            Assert.True(answer.Status is HttpStatusCode.BadRequest or HttpStatusCode.OK, $"{method} {path} {body}: {answer.Status} {answer.Body}");

            if (answer.Status == HttpStatusCode.BadRequest)
            {
                answer.Refuses(HttpStatusCode.BadRequest, answer.Message);
            }
            else
            {
                Assert.NotEqual(HttpMethod.Post, method);
            }
        }
    }

    [Theory]
    [InlineData("/bookings", "{\"spaceId\":42}", "spaceId")]
    [InlineData("/bookings", "{\"attendees\":\"x\"}", "attendees")]
    [InlineData("/spaces", "{\"capacity\":1.5}", "capacity")]
    [InlineData("/locations", "{\"latitude\":\"north\"}", "latitude")]
    public async Task A_member_of_the_wrong_type_is_named(string path, string body, string member)
    {
        var refused = (await host.Admin.SendTextAsync(HttpMethod.Post, path, body)).Refuses(HttpStatusCode.BadRequest, $"{member} has the wrong type or form", "request.invalid");
        Assert.Single(refused.Errors(member));
        Assert.Single((await host.Admin.SendTextAsync(HttpMethod.Patch, $"{path}/{Guid.CreateVersion7()}", body)).Is(HttpStatusCode.BadRequest).Errors(member));
    }

    [Fact]
    public async Task A_body_must_be_JSON() =>
        (await host.Admin.SendTextAsync(HttpMethod.Post, "/bookings", "spaceId=1", "application/x-www-form-urlencoded")).Is(HttpStatusCode.UnsupportedMediaType);

    [Theory]
    [InlineData("/locations/x")]
    [InlineData("/spaces/123")]
    [InlineData("/bookings/b6194839-7438-4587-a52e")]
    [InlineData("/iot/spaces/none/office-hours")]
    public async Task An_id_that_is_no_UUID_is_a_400(string path) => (await host.User.GetAsync(path)).Refuses(HttpStatusCode.BadRequest, "id must be a valid UUID");

    [Fact]
    public async Task Who_is_asking_comes_before_what_is_asked()
    {
        (await host.Nobody().PostAsync("/bookings", new { })).Is(HttpStatusCode.Unauthorized);
        (await host.Nobody().GetAsync("/locations/x")).Is(HttpStatusCode.Unauthorized);

        foreach (var (method, path) in new[]
        {
            (HttpMethod.Post, "/locations"), (HttpMethod.Patch, "/locations/x"), (HttpMethod.Delete, "/locations/x"), (HttpMethod.Post, "/spaces"), (HttpMethod.Patch, "/spaces/x"),
            (HttpMethod.Delete, "/spaces/x"), (HttpMethod.Put, "/iot/spaces/x/office-hours"), (HttpMethod.Post, "/admin/republish"),
        })
        {
            (await host.User.SendTextAsync(method, path, "{")).Refuses(HttpStatusCode.Forbidden, "This endpoint requires admin access");
        }

        (await host.User.GetAsync("/nowhere")).Is(HttpStatusCode.NotFound);
        (await host.User.SendAsync(HttpMethod.Put, "/bookings")).Is(HttpStatusCode.MethodNotAllowed);
    }
}
