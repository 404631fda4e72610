using System.Net;
using Coworking.Hosting.Identity;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Bookings;

public sealed class PlaceBookingTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task A_booking_answers_what_reading_it_answers()
    {
        var location = await host.LocationAsync("America/Mexico_City");
        var space = await host.SpaceAsync(location, "Sala Azul");
        var monday = Stage.Monday();
        var wish = Stage.Wish(space, monday.AddHours(15), 2, "  Ana@Example.com ");
        (wish["bookingDate"], wish["clientName"], wish["attendees"], wish["inquiry"]) = ($"{monday:yyyy-MM-dd}T00:00:00.000Z", "Ana", 3, "Café ☕");
        wish["startTime"] = monday.AddHours(15).ToOffset(TimeSpan.FromHours(-6));
        var placed = (await host.User.PostAsync("/bookings", wish)).Is(HttpStatusCode.Created);

        Assert.Equal("Ana@Example.com", placed["clientEmail"].GetString());
        Assert.Equal($"{monday:yyyy-MM-dd}T00:00:00.000Z", placed["bookingDate"].GetString());
        Assert.Equal($"{monday:yyyy-MM-dd}T15:00:00.000Z", placed["startTime"].GetString());
        Assert.Equal("confirmed", placed["status"].GetString());
        Assert.Equal(location, placed["locationId"].GetGuid());
        Assert.Equal((space, "Sala Azul"), (placed["space"].GetProperty("id").GetGuid(), placed["space"].GetProperty("name").GetString()));
        Assert.Equal("\"1\"", placed.ETag);

        var read = (await host.User.GetAsync($"/bookings/{placed.Id}")).Is(HttpStatusCode.OK);
        Assert.Equal(placed.Body.ToString(), read.Body.ToString());
        Assert.Equal(placed.ETag, read.ETag);
    }

    [Fact]
    public async Task Everything_that_is_malformed_is_said_at_once()
    {
        var refused = (await host.User.PostAsync("/bookings", new { spaceId = "x", clientEmail = "x", bookingDate = "soon", startTime = "2026-11-23T09:00:00", endTime = "later", attendees = 0 }))
            .Refuses(HttpStatusCode.BadRequest, "spaceId must be a valid UUID", "request.invalid");
        Assert.Equal(["Invalid email"], refused.Errors("clientEmail"));
        Assert.Equal(["bookingDate must be a date, e.g. 2026-01-31, or an RFC 3339 time with a zone"], refused.Errors("bookingDate"));
        Assert.Equal(["startTime must be an RFC 3339 time with a zone, e.g. 2026-01-31T09:00:00Z"], refused.Errors("startTime"));
        Assert.Equal(["endTime must be an RFC 3339 time with a zone, e.g. 2026-01-31T09:00:00Z"], refused.Errors("endTime"));
        Assert.Single(refused.Errors("attendees"));

        var empty = (await host.User.PostAsync("/bookings", new { })).Refuses(HttpStatusCode.BadRequest, "spaceId must be a valid UUID");
        Assert.Equal(["Invalid email"], empty.Errors("clientEmail"));
        Assert.Equal(5, empty["errors"].EnumerateObject().Count());
    }

    [Fact]
    public async Task Each_rule_refuses_in_its_own_words()
    {
        var monday = Stage.Monday();
        var space = await host.SpaceAsync();
        await RefuseAsync(Stage.Wish(Guid.CreateVersion7(), monday), HttpStatusCode.NotFound, "Space not found", "space.not_found");
        await RefuseAsync(Stage.Wish(space, monday, hours: 0), HttpStatusCode.BadRequest, "endTime must be after startTime", "booking.end_before_start");
        await RefuseAsync(Stage.Wish(space, monday, hours: -1), HttpStatusCode.BadRequest, "endTime must be after startTime", "booking.end_before_start");
        await RefuseAsync(
            new(Stage.Wish(space, monday)) { ["bookingDate"] = $"{monday.AddDays(1):yyyy-MM-dd}" },
            HttpStatusCode.BadRequest,
            "startTime must be on or after bookingDate",
            "booking.before_booking_date");
        await RefuseAsync(Stage.Wish(space, TimeProvider.System.GetUtcNow().AddHours(-3)), HttpStatusCode.BadRequest, "startTime must not be in the past", "booking.in_past");
        await RefuseAsync(Stage.Wish(space, monday, hours: (14 * 24) + 0.01), HttpStatusCode.BadRequest, "A booking may last at most 14 days", "booking.too_long");
        await RefuseAsync(new(Stage.Wish(space, monday)) { ["attendees"] = 9 }, HttpStatusCode.BadRequest, "The space holds at most 8 people", "booking.too_many_attendees");
        await RefuseAsync(new(Stage.Wish(space, monday)) { ["startTime"] = "1999-01-01T00:00:00Z" }, HttpStatusCode.BadRequest, "startTime must lie in the years 2000 to 2199", "request.invalid");

        (await host.Admin.PatchAsync($"/spaces/{space}", new { active = false })).Is(HttpStatusCode.OK);
        await RefuseAsync(Stage.Wish(space, monday), HttpStatusCode.Conflict, "The space is out of use", "booking.space_inactive");
        Assert.Equal(0, await host.ScalarAsync<long>("select count(*) from bookings where space_id = $1", space));
    }

    [Fact]
    public async Task A_taken_slot_names_who_holds_it_and_touching_is_free()
    {
        var (space, monday) = (await host.SpaceAsync(), Stage.Monday());
        await host.BookAsync(space, monday.AddHours(9), 2);
        var message = $"Schedule conflict: the space is already booked from {monday:yyyy-MM-dd}T09:00:00.000Z to {monday:yyyy-MM-dd}T11:00:00.000Z";

        foreach (var (from, hours) in new[] { (9d, 2d), (8, 1.1), (10.9, 1), (8, 5), (9.5, 0.5) })
        {
            await RefuseAsync(Stage.Wish(space, monday.AddHours(from), hours), HttpStatusCode.Conflict, message, "booking.slot_taken");
        }

        await host.BookAsync(space, monday.AddHours(8));
        await host.BookAsync(space, monday.AddHours(11));
    }

    [Fact]
    public async Task Buffers_keep_neighbours_apart()
    {
        var (space, monday) = (await host.SpaceAsync(more: new { bufferBefore = 15, bufferAfter = 30 }), Stage.Monday());
        await host.BookAsync(space, monday.AddHours(9));
        Assert.Equal("booking.slot_taken", (await host.User.PostAsync("/bookings", Stage.Wish(space, monday.AddHours(10.7)))).Is(HttpStatusCode.Conflict).Code);
        await host.BookAsync(space, monday.AddHours(10.75));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Bookings_count_for_the_week_on_the_wall_where_their_space_stands_now(bool zoneIsCorrected)
    {
        var (location, monday, email) = (await host.LocationAsync("UTC"), Stage.Monday(), Stage.Email());
        var (first, second) = (await host.SpaceAsync(location), await host.SpaceAsync(location));
        // Sunday by UTC, Monday in Madrid.
        var ids = new List<Guid>();

        for (var minutes = -45; minutes < 0; minutes += 15)
        {
            ids.Add((await host.BookAsync(first, monday.AddMinutes(minutes), 0.25, email)).Id);
        }

        Assert.Equal("booking.weekly_limit", (await host.User.PostAsync("/bookings", Stage.Wish(second, monday.AddDays(-1), email: email))).Is(HttpStatusCode.BadRequest).Code);

        if (zoneIsCorrected)
        {
            (await host.Admin.PatchAsync($"/locations/{location}", new { timezone = "Europe/Madrid" })).Is(HttpStatusCode.OK);
        }
        else
        {
            (await host.Admin.PatchAsync($"/spaces/{first}", new { locationId = await host.LocationAsync("Europe/Madrid") })).Is(HttpStatusCode.OK);
        }

        Assert.Equal("booking.weekly_limit", (await host.User.PostAsync("/bookings", Stage.Wish(second, monday.AddDays(1), email: email))).Is(HttpStatusCode.BadRequest).Code);
        await host.BookAsync(second, monday.AddDays(-1), email: email);
        Assert.Equal(3, await host.ScalarAsync<long>("select count(*) from bookings where id = any($1) and week_start = $2", ids.ToArray(), DateOnly.FromDateTime(monday.UtcDateTime)));
    }

    [Fact]
    public async Task A_client_holds_three_bookings_in_a_week_and_no_fourth()
    {
        var (first, second, monday, email) = (await host.SpaceAsync(), await host.SpaceAsync(), Stage.Monday(), Stage.Email());
        await host.BookAsync(first, monday.AddDays(1), email: email);
        await host.BookAsync(second, monday.AddDays(2), email: email.ToUpperInvariant());
        var third = await host.BookAsync(first, monday.AddDays(6).AddHours(23), email: $" {email}");
        var refused = (await host.User.PostAsync("/bookings", Stage.Wish(second, monday, email: email))).Is(HttpStatusCode.BadRequest);
        Assert.StartsWith("Weekly booking limit", refused.Message, StringComparison.Ordinal);
        Assert.Equal("booking.weekly_limit", refused.Code);
        var violation = Assert.Single(refused["violations"].EnumerateArray());
        Assert.Equal((3, 3), (violation.GetProperty("limit").GetInt32(), violation.GetProperty("actual").GetInt32()));

        await host.BookAsync(second, monday.AddDays(-1), email: email);
        await host.BookAsync(second, monday.AddDays(7), email: email);
        (await host.User.DeleteAsync($"/bookings/{third.Id}")).Is(HttpStatusCode.NoContent);
        await host.BookAsync(second, monday, email: email);
    }

    [Fact]
    public async Task A_week_is_that_of_the_date_on_the_locations_wall()
    {
        // Sunday 22:00 in Mexico is Monday 04:00 in UTC: still the week that ends.
        var (mexico, monday, email) = (await host.SpaceAsync(await host.LocationAsync("America/Mexico_City")), Stage.Monday(), Stage.Email());
        var wish = Stage.Wish(mexico, monday.AddHours(4), email: email);
        wish["bookingDate"] = $"{monday.AddDays(-1):yyyy-MM-dd}";
        (await host.User.PostAsync("/bookings", wish)).Is(HttpStatusCode.Created);
        Assert.Equal(DateOnly.FromDateTime(monday.UtcDateTime.AddDays(-7)), await host.ScalarAsync<DateOnly>("select week_start from bookings where client_email_key = $1", email));
    }

    [Fact]
    public async Task Bookings_of_a_day_are_counted_between_its_midnights_whatever_PostgreSQL_calls_the_zone()
    {
        // .NET finds a zone of this name, PostgreSQL none.
        var (location, monday, email) = (await host.LocationAsync("America/Mexico_City"), Stage.Monday(), Stage.Email());
        await host.ExecuteAsync("update locations set timezone = 'America//Mexico_City' where id = $1", location);
        (await host.Admin.PutAsync($"/locations/{location}/policy", new { maxPerDay = 1 })).Is(HttpStatusCode.OK);
        var space = await host.SpaceAsync(location);

        // Six hours behind UTC: the last hour of Monday, the first of Tuesday, and so on.
        (await BookAsync(24 + 5)).Is(HttpStatusCode.Created);
        (await BookAsync(24 + 6)).Is(HttpStatusCode.Created);
        Assert.Equal("booking.daily_limit", (await BookAsync(6)).Is(HttpStatusCode.BadRequest).Code);
        Assert.Equal("booking.daily_limit", (await BookAsync(48 + 5)).Is(HttpStatusCode.BadRequest).Code);
        (await BookAsync(48 + 6)).Is(HttpStatusCode.Created);

        Task<Answer> BookAsync(int hours)
        {
            var wish = Stage.Wish(space, monday.AddHours(hours), email: email);
            wish["bookingDate"] = $"{monday.AddHours(hours - 6):yyyy-MM-dd}";
            return host.User.PostAsync("/bookings", wish);
        }
    }

    [Fact]
    public async Task All_violations_are_told_at_once_in_a_fixed_order()
    {
        var (space, other, monday, email) = (await host.SpaceAsync(), await host.SpaceAsync(), Stage.Monday(), Stage.Email());
        await host.BookAsync(space, monday.AddHours(9), 24, email);
        await host.BookAsync(other, monday, email: email);
        await host.BookAsync(other, monday.AddHours(2), email: email);
        var wish = Stage.Wish(space, monday.AddHours(10), 15 * 24, email);
        (wish["bookingDate"], wish["attendees"]) = ($"{monday.AddDays(3):yyyy-MM-dd}", 99);
        var refused = (await host.User.PostAsync("/bookings", wish)).Refuses(HttpStatusCode.BadRequest, "startTime must be on or after bookingDate", "booking.before_booking_date");
        Assert.Equal(
            ["booking.before_booking_date", "booking.too_long", "booking.too_many_attendees", "booking.slot_taken", "booking.weekly_limit"],
            refused["violations"].EnumerateArray().Select(violation => violation.GetProperty("code").GetString()));
        Assert.Equal(["startTime must be on or after bookingDate"], refused.Errors("startTime"));
    }

    [Fact]
    public async Task Only_an_admin_books_in_the_past()
    {
        var space = await host.SpaceAsync();
        var wish = Stage.Wish(space, TimeProvider.System.GetUtcNow().AddDays(-1));
        (await host.User.PostAsync("/bookings", wish)).Refuses(HttpStatusCode.BadRequest, "startTime must not be in the past");
        (await host.Admin.PostAsync("/bookings", wish)).Is(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_customer_books_and_sees_only_under_its_own_verified_email()
    {
        var (space, monday, email) = (await host.SpaceAsync(), Stage.Monday(), Stage.Email());
        var customer = host.As(new Caller("c1", "account", Roles.Customer, email, EmailVerified: true, []));
        var unverified = host.As(new Caller("c2", "account", Roles.Customer, email, EmailVerified: false, []));
        var foreign = await host.BookAsync(space, monday);
        var own = (await customer.PostAsync("/bookings", Stage.Wish(space, monday.AddHours(2), email: email))).Is(HttpStatusCode.Created);

        (await customer.PostAsync("/bookings", Stage.Wish(space, monday.AddHours(4)))).Is(HttpStatusCode.Forbidden);
        (await unverified.PostAsync("/bookings", Stage.Wish(space, monday.AddHours(4), email: email))).Is(HttpStatusCode.Forbidden);
        Assert.Equal([own.Id.ToString()], (await customer.GetAsync("/bookings")).Ids());
        Assert.Empty((await unverified.GetAsync("/bookings")).Ids());
        var technician = host.As(new Caller("t1", "account", Roles.Technician, email, EmailVerified: true, []));
        (await technician.PostAsync("/bookings", Stage.Wish(space, monday.AddHours(4), email: email))).Is(HttpStatusCode.Forbidden);
        Assert.Empty((await technician.GetAsync("/bookings")).Ids());
        (await technician.GetAsync($"/bookings/{own.Id}")).Refuses(HttpStatusCode.NotFound, "Booking not found");
        (await customer.GetAsync($"/bookings/{foreign.Id}")).Refuses(HttpStatusCode.NotFound, "Booking not found");
        (await customer.PatchAsync($"/bookings/{foreign.Id}", new { clientName = "x" })).Refuses(HttpStatusCode.NotFound, "Booking not found");
        (await customer.DeleteAsync($"/bookings/{foreign.Id}")).Refuses(HttpStatusCode.NotFound, "Booking not found");
        (await customer.PatchAsync($"/bookings/{own.Id}", new { clientEmail = "other@example.com" })).Is(HttpStatusCode.Forbidden);
        (await customer.DeleteAsync($"/bookings/{own.Id}")).Is(HttpStatusCode.NoContent);
    }

    private async Task RefuseAsync(Dictionary<string, object?> wish, HttpStatusCode status, string message, string code) =>
        (await host.User.PostAsync("/bookings", wish)).Refuses(status, message, code);
}
