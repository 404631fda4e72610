using System.Net;
using Coworking.Gateway.Tests.Accounts;
using Coworking.Gateway.Tests.Running;

namespace Coworking.Gateway.Tests.Sessions;

public sealed class StreamTicketTests(AccountsFixture fixture)
{
    private RunningGateway Gateway => fixture.Gateway;

    [Fact]
    public async Task A_ticket_opens_one_stream_once_on_any_gateway_and_reaches_no_service()
    {
        await using var other = await fixture.StartAsync();
        var person = await Person.RegisterAsync(Gateway);
        var ticket = await TicketAsync(person);

        using var open = await OpenAsync(other, $"?spaceId=7&ticket={ticket}");
        Assert.Equal(HttpStatusCode.OK, open.StatusCode);
        Assert.Equal("?spaceId=7", Assert.Single(open.Headers.GetValues("x-query")));
        using var again = await OpenAsync(Gateway, $"?ticket={ticket}");
        await Answers.IsProblemAsync(again, 401, "auth.invalid_ticket");
    }

    [Fact]
    public async Task Of_two_who_use_a_ticket_at_once_one_gets_in()
    {
        var ticket = await TicketAsync(await Person.RegisterAsync(Gateway));
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => OpenAsync(Gateway, $"?ticket={ticket}")));
        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        Array.ForEach(answers, answer => answer.Dispose());
    }

    [Fact]
    public async Task A_ticket_that_is_old_foreign_or_elsewhere_opens_nothing()
    {
        var person = await Person.RegisterAsync(Gateway);
        var ticket = await TicketAsync(person);
        using var elsewhere = await Gateway.GetAsync($"/api/v1/bookings?ticket={ticket}", key: null);
        await Answers.IsProblemAsync(elsewhere, 401, "auth.missing");
        await fixture.SqlAsync($"update stream_tickets set expires_at = now() where session_id in (select id from sessions where account_id = '{person.Id}')");

        foreach (var bad in new[] { ticket, "x", "", new string('A', 43), person.AccessToken, $"{ticket}&ticket={ticket}" })
        {
            using var answer = await OpenAsync(Gateway, $"?ticket={bad}");
            await Answers.IsProblemAsync(answer, 401);
        }

        var ofLoggedOut = await TicketAsync(person);
        using var bye = await person.SendAsync(Gateway, "POST", "/api/v1/auth/logout");
        using var late = await OpenAsync(Gateway, $"?ticket={ofLoggedOut}");
        await Answers.IsProblemAsync(late, 401, "auth.invalid_ticket");
    }

    [Fact]
    public async Task Tickets_are_for_accounts_and_a_session_has_twenty_unused_ones_at_most()
    {
        using var key = await Gateway.SendAsync("POST", "/api/v1/auth/stream-ticket");
        await Answers.IsProblemAsync(key, 403, "auth.account_only");
        using var nobody = await Gateway.SendAsync("POST", "/api/v1/auth/stream-ticket", key: null);
        await Answers.IsProblemAsync(nobody, 401, "auth.missing");
        var person = await Person.RegisterAsync(Gateway);

        for (var i = 0; i < 20; i++)
        {
            await TicketAsync(person);
        }

        using var more = await person.SendAsync(Gateway, "POST", "/api/v1/auth/stream-ticket");
        await Answers.IsProblemAsync(more, 429, "auth.too_many_tickets");
        Assert.Equal("30", Assert.Single(more.Headers.GetValues("Retry-After")));
    }

    private async Task<string> TicketAsync(Person person)
    {
        using var answer = await person.SendAsync(Gateway, "POST", "/api/v1/auth/stream-ticket");
        var json = await Person.JsonAsync(answer, HttpStatusCode.Created);
        Assert.Equal(30, json.GetProperty("expiresIn").GetInt32());
        return json.GetProperty("ticket").GetString()!;
    }

    private static Task<HttpResponseMessage> OpenAsync(RunningGateway gateway, string query) =>
        gateway.SendAsync("GET", $"/api/v1/iot/stream{query}", key: null, until: HttpCompletionOption.ResponseHeadersRead);
}
