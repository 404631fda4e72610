using System.Net;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Accounts;

/// <summary>A client of the house with an account of its own, through the gateway, with real mails.</summary>
public sealed class CustomerTests(RunningPlatform running)
{
    private readonly TestPlatform _platform = running.Platform;

    [Fact]
    public async Task A_customer_registers_confirms_its_address_by_mail_and_books_for_itself_alone()
    {
        var (space, monday) = (await _platform.NewSpaceAsync(), LocalTime.ComingMonday(2));
        var customer = await Customer.RegisterAsync(_platform);
        var others = (await _platform.User.PostAsync("/api/v1/bookings", Wish.For(space.Id, Wish.NewEmail("other"), monday, 9, 10))).Expect(HttpStatusCode.Created).Id();
        // Booked for this very address, by phone: whoever only says that it is his does not see it.
        var mine = (await _platform.User.PostAsync("/api/v1/bookings", Wish.For(space.Id, customer.Email.ToUpperInvariant(), monday, 10, 11))).Expect(HttpStatusCode.Created).Id();

        Assert.Empty((await customer.GetAsync("/api/v1/bookings")).Expect(HttpStatusCode.OK).Rows());
        (await customer.GetAsync($"/api/v1/bookings/{mine}")).ExpectProblem(HttpStatusCode.NotFound);
        (await customer.PostAsync("/api/v1/bookings", Wish.For(space.Id, customer.Email, monday, 11, 12))).ExpectProblem(HttpStatusCode.Forbidden, "verified e-mail");

        await customer.VerifyAsync();

        // With the token of before: what an account may do is judged now.
        var booked = (await customer.PostAsync("/api/v1/bookings", Wish.For(space.Id, customer.Email, monday, 11, 12))).Expect(HttpStatusCode.Created).Id();
        Assert.Equal([mine, booked], (await customer.GetAsync("/api/v1/bookings?pageSize=100")).Expect(HttpStatusCode.OK).Rows().Select(row => row.Id()));
        (await customer.PostAsync("/api/v1/bookings", Wish.For(space.Id, Wish.NewEmail("other"), monday, 12, 13))).ExpectProblem(HttpStatusCode.Forbidden);
        (await customer.GetAsync($"/api/v1/bookings/{others}")).ExpectProblem(HttpStatusCode.NotFound, "Booking not found");
        (await customer.SendAsync(HttpMethod.Patch, $"/api/v1/bookings/{others}", new { clientEmail = customer.Email })).ExpectProblem(HttpStatusCode.NotFound);
        (await customer.SendAsync(HttpMethod.Delete, $"/api/v1/bookings/{others}")).ExpectProblem(HttpStatusCode.NotFound);
        (await customer.PostAsync($"/api/v1/bookings/{booked}/confirm")).ExpectProblem(HttpStatusCode.Forbidden);
        (await customer.SendAsync(HttpMethod.Delete, $"/api/v1/bookings/{booked}")).ExpectBare(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task What_is_the_houses_own_business_is_shut_to_a_customer()
    {
        var customer = new Customer(_platform, "ana@example.com");
        await customer.SignInAsync("Demo-Ana-1");

        foreach (var path in new[] { "alerts", "devices", "iot/dashboard", "iot/rejected", "iot/reports/climate?spaceId=" + Demo.SalaAzul, "webhooks", "api-keys", "accounts", $"iot/spaces/{Demo.SalaAzul}/alerts" })
        {
            (await customer.GetAsync($"/api/v1/{path}")).ExpectProblem(HttpStatusCode.Forbidden);
        }

        foreach (var path in new[] { "locations", "spaces", $"spaces/{Demo.SalaAzul}", $"iot/spaces/{Demo.SalaAzul}/office-hours", $"iot/spaces/{Demo.SalaAzul}/telemetry", $"iot/spaces/{Demo.SalaAzul}/twin", "booking-series", "waitlist" })
        {
            (await customer.GetAsync($"/api/v1/{path}")).Expect(HttpStatusCode.OK);
        }

        Assert.All((await customer.GetAsync("/api/v1/bookings?pageSize=100")).Expect(HttpStatusCode.OK).Rows(), row => Assert.Equal("ana@example.com", row.Text("clientEmail"), ignoreCase: true));
    }

    [Fact]
    public async Task A_technician_manages_devices_and_has_no_bookings()
    {
        var technician = new Customer(_platform, "technician@example.com");
        await technician.SignInAsync("Demo-Technician-1");
        var space = await _platform.NewMetSpaceAsync();
        var device = (await technician.PostAsync("/api/v1/devices", new { serialNumber = $"SN-{Guid.CreateVersion7():N}", spaceId = space.Id })).Expect(HttpStatusCode.Created).Id();
        (await technician.SendAsync(HttpMethod.Delete, $"/api/v1/devices/{device}")).ExpectBare(HttpStatusCode.NoContent);
        Assert.Empty((await technician.GetAsync("/api/v1/bookings")).Expect(HttpStatusCode.OK).Rows());
        (await technician.PostAsync("/api/v1/bookings", Wish.For(space.Id, technician.Email, LocalTime.ComingMonday(2), 9, 10))).ExpectProblem(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_ticket_opens_the_stream_once_and_shows_the_climate_but_no_alarms()
    {
        var customer = await Customer.RegisterAsync(_platform);
        var space = await _platform.NewMetSpaceAsync();
        var ticket = (await customer.PostAsync("/api/v1/auth/stream-ticket")).Expect(HttpStatusCode.Created).Text("ticket");
        await using (var stream = await LiveStream.OpenAsync(_platform.Nobody, $"?spaceId={space.Id}&ticket={ticket}"))
        {
            await _platform.Devices.PublishAsync(space, Sample.Of(TimeProvider.System.GetUtcNow(), tempC: 21.5));
            await stream.WaitForAsync("telemetry", data => data.Id("spaceId") == space.Id, "the sample");
        }

        (await _platform.Nobody.GetAsync($"/api/v1/iot/stream?ticket={ticket}")).ExpectProblem(HttpStatusCode.Unauthorized);
        var second = (await customer.PostAsync("/api/v1/auth/stream-ticket")).Expect(HttpStatusCode.Created).Text("ticket");
        (await _platform.Nobody.GetAsync($"/api/v1/iot/stream?events=alert&ticket={second}")).ExpectProblem(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_stolen_refresh_token_ends_the_session_and_a_forgotten_password_every_one()
    {
        var customer = await Customer.RegisterAsync(_platform);
        var stolen = customer.Refresh;
        await customer.RefreshAsync();
        (await customer.GetAsync("/api/v1/auth/me")).Expect(HttpStatusCode.OK);
        (await _platform.Nobody.PostAsync("/api/v1/auth/refresh", new { refreshToken = stolen })).ExpectProblem(HttpStatusCode.Unauthorized);
        (await customer.GetAsync("/api/v1/auth/me")).ExpectProblem(HttpStatusCode.Unauthorized);
        (await _platform.Nobody.PostAsync("/api/v1/auth/refresh", new { refreshToken = customer.Refresh })).ExpectProblem(HttpStatusCode.Unauthorized);

        await customer.SignInAsync();
        (await _platform.Nobody.PostAsync("/api/v1/auth/forgot-password", new { email = customer.Email })).Expect(HttpStatusCode.Accepted);
        var token = await customer.MailedTokenAsync("Choose a new password");
        (await _platform.Nobody.PostAsync("/api/v1/auth/reset-password", new { token, newPassword = "Second-Password-2" })).ExpectBare(HttpStatusCode.NoContent);
        (await customer.GetAsync("/api/v1/auth/me")).ExpectProblem(HttpStatusCode.Unauthorized);
        (await _platform.Nobody.PostAsync("/api/v1/auth/login", new { email = customer.Email, password = Customer.FirstPassword })).ExpectProblem(HttpStatusCode.Unauthorized);
        await customer.SignInAsync("Second-Password-2");
    }
}
