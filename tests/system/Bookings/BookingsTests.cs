using System.Net;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Bookings;

/// <summary>The rows of wire.md about bookings.</summary>
public sealed class BookingsTests(RunningPlatform running)
{
    private const string Path = "/api/v1/bookings";

    private static readonly string[] Members =
        ["id", "spaceId", "locationId", "clientEmail", "bookingDate", "startTime", "endTime", "status", "createdAt", "updatedAt", "space"];

    private readonly TestPlatform _platform = running.Platform;

    [Fact]
    public async Task A_booking_is_placed_read_moved_and_cancelled()
    {
        var space = await _platform.NewSpaceAsync();
        var (email, monday) = (Wish.NewEmail(), LocalTime.ComingMonday());
        var placed = (await _platform.User.PostAsync(Path, Wish.For(space.Id, email, monday, 9, 11))).Expect(HttpStatusCode.Created);
        placed.HasMembers(Members);
        placed.At("space").HasMembers("id", "name");
        Assert.Equal(("confirmed", email, space.LocationId, space.Name), (placed.Text("status"), placed.Text("clientEmail"), placed.Id("locationId"), placed.At("space").Text("name")));
        Assert.Equal((LocalTime.At(monday, 9), LocalTime.At(monday, 11)), (placed.Instant("startTime"), placed.Instant("endTime")));
        Assert.Equal($"{monday:yyyy-MM-dd}T00:00:00.000Z", placed.Text("bookingDate"));
        var one = $"{Path}/{placed.Id()}";
        Assert.Equal(placed.GetRawText(), (await _platform.User.GetAsync(one)).Expect(HttpStatusCode.OK).GetRawText());

        var moved = (await _platform.User.PatchAsync(one, new { startTime = Sample.Time(LocalTime.At(monday, 10)) })).Expect(HttpStatusCode.OK);
        moved.HasMembers(Members);
        Assert.Equal((LocalTime.At(monday, 10), LocalTime.At(monday, 11)), (moved.Instant("startTime"), moved.Instant("endTime")));

        (await _platform.User.DeleteAsync(one)).ExpectBare(HttpStatusCode.NoContent);
        (await _platform.User.GetAsync(one)).ExpectProblem(HttpStatusCode.NotFound, "Booking not found");
        (await _platform.User.DeleteAsync(one)).ExpectProblem(HttpStatusCode.NotFound, "Booking not found");
        Assert.Empty((await _platform.User.GetAsync($"{Path}?spaceId={space.Id}")).Json.Rows());
        Assert.Equal("cancelled", Assert.Single((await _platform.User.GetAsync($"{Path}?spaceId={space.Id}&status=cancelled")).Json.Rows()).Text("status"));
        Assert.Single((await _platform.User.GetAsync($"{Path}?spaceId={space.Id}&includeCancelled=true")).Json.Rows());
    }

    [Fact]
    public async Task The_list_is_by_start_and_can_be_narrowed()
    {
        var space = await _platform.NewSpaceAsync();
        var (ana, carlos, monday) = (Wish.NewEmail("Ana.List"), Wish.NewEmail("carlos.list"), LocalTime.ComingMonday());

        foreach (var (email, day) in new[] { (carlos, 2), (ana, 1), (ana, 0) })
        {
            (await _platform.User.PostAsync(Path, Wish.For(space.Id, email, monday.AddDays(day), 9, 10))).Expect(HttpStatusCode.Created);
        }

        var all = await Days($"?spaceId={space.Id}");
        Assert.Equal([monday, monday.AddDays(1), monday.AddDays(2)], all);
        Assert.Equal([monday, monday.AddDays(1)], await Days($"?spaceId={space.Id}&clientEmail=ANA.li"));
        Assert.Equal([monday.AddDays(1)], await Days($"?spaceId={space.Id}&dateFrom={monday.AddDays(1):yyyy-MM-dd}&dateTo={monday.AddDays(1):yyyy-MM-dd}"));
        Assert.Equal([monday.AddDays(2)], await Days($"?spaceId={space.Id}&page=3&pageSize=1"));
        Assert.Equal(3, (await Days($"?spaceId={space.Id}&status=confirmed")).Count);
        Assert.Empty(await Days($"?spaceId={space.Id}&status=completed"));
        Assert.Empty(await Days($"?spaceId={Guid.CreateVersion7()}"));
        (await _platform.User.GetAsync($"{Path}?dateFrom=2026-02-02&dateTo=2026-02-01")).ExpectProblem(HttpStatusCode.BadRequest, "dateFrom");

        async Task<List<DateOnly>> Days(string query) => (await _platform.User.GetAsync(Path + query)).Expect(HttpStatusCode.OK).Rows()
            .ConvertAll(row => DateOnly.FromDateTime(row.Instant("bookingDate").UtcDateTime));
    }

    [Fact]
    public async Task A_taken_slot_is_a_conflict_that_names_it_and_its_neighbours_are_free()
    {
        var (space, monday) = (await _platform.NewSpaceAsync(), LocalTime.ComingMonday());
        (await _platform.User.PostAsync(Path, Wish.For(space.Id, Wish.NewEmail(), monday, 10, 12))).Expect(HttpStatusCode.Created);

        var words = $"Schedule conflict: the space is already booked from {Sample.Time(LocalTime.At(monday, 10))} to {Sample.Time(LocalTime.At(monday, 12))}";
        var problem = (await _platform.User.PostAsync(Path, Wish.For(space.Id, Wish.NewEmail(), monday, 11, 13))).ExpectProblem(HttpStatusCode.Conflict, words);
        Assert.Equal("booking.slot_taken", problem.Text("code"));
        var before = (await _platform.User.PostAsync(Path, Wish.For(space.Id, Wish.NewEmail(), monday, 8, 10))).Expect(HttpStatusCode.Created);
        (await _platform.User.PostAsync(Path, Wish.For(space.Id, Wish.NewEmail(), monday, 12, 13))).Expect(HttpStatusCode.Created);

        (await _platform.User.PatchAsync($"{Path}/{before.Id()}", new { endTime = Sample.Time(LocalTime.At(monday, 11)) })).ExpectProblem(HttpStatusCode.Conflict, "Schedule conflict");
        // It is no rival of itself.
        (await _platform.User.PatchAsync($"{Path}/{before.Id()}", new { startTime = Sample.Time(LocalTime.At(monday, 9)) })).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_client_holds_three_bookings_in_a_week_and_a_cancelled_one_gives_a_place_back()
    {
        var (space, email, monday) = (await _platform.NewSpaceAsync(), Wish.NewEmail("week"), LocalTime.ComingMonday());
        var ids = new List<Guid>();

        for (var day = 0; day < 3; day++)
        {
            ids.Add((await _platform.User.PostAsync(Path, Wish.For(space.Id, email, monday.AddDays(day), 9, 10))).Expect(HttpStatusCode.Created).Id());
        }

        var shouted = Wish.For(space.Id, $" {email.ToUpperInvariant()} ", monday.AddDays(3), 9, 10);
        var problem = (await _platform.User.PostAsync(Path, shouted)).ExpectProblem(HttpStatusCode.BadRequest, "Weekly booking limit");
        Assert.Equal("booking.weekly_limit", problem.Text("code"));
        (await _platform.User.PostAsync(Path, Wish.For(space.Id, email, monday.AddDays(7), 9, 10))).Expect(HttpStatusCode.Created);
        (await _platform.User.PatchAsync($"{Path}/{ids[0]}", new { startTime = Sample.Time(LocalTime.At(monday, 8)) })).Expect(HttpStatusCode.OK);

        (await _platform.User.DeleteAsync($"{Path}/{ids[1]}")).ExpectBare(HttpStatusCode.NoContent);
        (await _platform.User.PostAsync(Path, Wish.For(space.Id, email, monday.AddDays(3), 9, 10))).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Every_rule_says_its_words()
    {
        var (space, monday) = (await _platform.NewSpaceAsync(), LocalTime.ComingMonday());
        var (nine, ten) = (Sample.Time(LocalTime.At(monday, 9)), Sample.Time(LocalTime.At(monday, 10)));
        var day = $"{monday:yyyy-MM-dd}";

        await RefusedAsync(new { spaceId = "x", clientEmail = "a@example.com", bookingDate = day, startTime = nine, endTime = ten }, HttpStatusCode.BadRequest, "spaceId must be a valid UUID");
        await RefusedAsync(new { spaceId = space.Id, clientEmail = "no address", bookingDate = day, startTime = nine, endTime = ten }, HttpStatusCode.BadRequest, "Invalid email");
        await RefusedAsync(new { spaceId = space.Id, clientEmail = "a@example.com", bookingDate = day, startTime = ten, endTime = nine }, HttpStatusCode.BadRequest, "endTime must be after startTime");
        await RefusedAsync(
            new { spaceId = space.Id, clientEmail = "a@example.com", bookingDate = $"{monday.AddDays(1):yyyy-MM-dd}", startTime = nine, endTime = ten },
            HttpStatusCode.BadRequest,
            "startTime must be on or after bookingDate");
        await RefusedAsync(new { spaceId = Guid.CreateVersion7(), clientEmail = "a@example.com", bookingDate = day, startTime = nine, endTime = ten }, HttpStatusCode.NotFound, "Space not found");
        await RefusedAsync(new { spaceId = space.Id, clientEmail = "a@example.com", bookingDate = day, startTime = "2026-02-30T09:00:00Z", endTime = ten }, HttpStatusCode.BadRequest, "startTime");
        await RefusedAsync(new { spaceId = space.Id, clientEmail = "a@example.com", bookingDate = day, startTime = nine[..^1], endTime = ten }, HttpStatusCode.BadRequest, "startTime");
        await RefusedAsync(new { }, HttpStatusCode.BadRequest, "spaceId must be a valid UUID");
        Assert.Empty((await _platform.User.GetAsync($"{Path}?spaceId={space.Id}")).Json.Rows());

        async Task RefusedAsync(object body, HttpStatusCode status, string words) => (await _platform.User.PostAsync(Path, body)).ExpectProblem(status, words);
    }

    [Fact]
    public async Task The_past_is_for_ADMIN()
    {
        var (space, day) = (await _platform.NewSpaceAsync(), LocalTime.PastWednesday);
        var wish = Wish.For(space.Id, Wish.NewEmail(), day, 9, 10);

        Assert.Equal("booking.in_past", (await _platform.User.PostAsync(Path, wish)).ExpectProblem(HttpStatusCode.BadRequest).Text("code"));
        (await _platform.Admin.PostAsync(Path, wish)).Expect(HttpStatusCode.Created);
    }
}
