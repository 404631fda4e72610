using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Coworking.Gateway.Sessions;
using Coworking.Gateway.Tests.Accounts;
using Coworking.Gateway.Tests.Running;
using Coworking.Local;

namespace Coworking.Gateway.Tests.Sessions;

public sealed class SessionsTests(AccountsFixture fixture)
{
    private RunningGateway Gateway => fixture.Gateway;

    [Fact]
    public async Task A_refresh_token_is_good_once_and_its_reuse_ends_the_whole_family()
    {
        await using var other = await fixture.StartAsync();
        var person = await Person.RegisterAsync(Gateway);
        var elsewhere = await person.LogInAsync(Gateway);
        var second = await RefreshAsync(person);
        var third = await RefreshAsync(second);
        Assert.Equal(3, new[] { person, second, third }.Select(one => one.RefreshToken).Distinct().Count());
        Assert.Equal(HttpStatusCode.OK, await third.StatusAsync(other));

        using var reused = await TryRefreshAsync(second.RefreshToken);
        await Answers.IsProblemAsync(reused, 401, "auth.refresh_token_reused");

        using var newest = await TryRefreshAsync(third.RefreshToken);
        await Answers.IsProblemAsync(newest, 401, "auth.invalid_refresh_token");
        Assert.Equal(HttpStatusCode.Unauthorized, await person.StatusAsync(Gateway));
        Assert.Equal(HttpStatusCode.Unauthorized, await third.StatusAsync(Gateway));
        await Wait.UntilAsync(async () => await third.StatusAsync(other) == HttpStatusCode.Unauthorized, AccountsFixture.Soon, "ended there too", TestContext.Current.CancellationToken);
        // Another device is another family.
        await RefreshAsync(elsewhere);
    }

    [Fact]
    public async Task Of_many_who_bring_one_refresh_token_at_once_one_gets_on_and_then_none()
    {
        var person = await Person.RegisterAsync(Gateway);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => TryRefreshAsync(person.RefreshToken)));
        var won = Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        var winner = Person.Of(person.Email, Person.Right, await Person.JsonAsync(won, HttpStatusCode.OK));
        using var next = await TryRefreshAsync(winner.RefreshToken);
        await Answers.IsProblemAsync(next, 401, "auth.invalid_refresh_token");
        Assert.Equal("token_reused", await fixture.SqlAsync($"select end_reason from sessions where account_id = '{person.Id}'"));
        Array.ForEach(answers, answer => answer.Dispose());
    }

    [Fact]
    public async Task What_is_no_refresh_token_or_too_old_opens_nothing()
    {
        var person = await Person.RegisterAsync(Gateway);

        foreach (var bad in new[] { "x", person.AccessToken, new string('A', 43), person.RefreshToken[..^1], person.RefreshToken + "A", new string('x', 60_000) })
        {
            using var answer = await TryRefreshAsync(bad);
            await Answers.IsProblemAsync(answer, 401, "auth.invalid_refresh_token");
        }

        foreach (var body in new[] { "{}", "{\"refreshToken\":null}", "{\"refreshToken\":\"\"}", "{\"refreshToken\":5}" })
        {
            using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
            using var answer = await Gateway.SendAsync("POST", "/api/v1/auth/refresh", key: null, content);
            Assert.NotNull((await Answers.IsProblemAsync(answer, 400))["errors"]!["refreshToken"]);
        }

        var life = (TimeSpan)(await fixture.SqlAsync($"select t.expires_at - now() from refresh_tokens t join sessions s on s.id = t.session_id where s.account_id = '{person.Id}'"))!;
        Assert.InRange(life, TimeSpan.FromDays(6.99), TimeSpan.FromDays(7.01));
        await fixture.SqlAsync($"update refresh_tokens set expires_at = now() where session_id in (select id from sessions where account_id = '{person.Id}')");
        using var old = await TryRefreshAsync(person.RefreshToken);
        await Answers.IsProblemAsync(old, 401, "auth.invalid_refresh_token");
    }

    [Fact]
    public async Task Logging_out_ends_this_session_on_every_gateway_within_two_seconds()
    {
        await using var other = await fixture.StartAsync();
        var person = await Person.RegisterAsync(Gateway);
        var elsewhere = await person.LogInAsync(Gateway);
        Assert.Equal(HttpStatusCode.OK, await person.StatusAsync(other));
        using var out1 = await person.SendAsync(Gateway, "POST", "/api/v1/auth/logout");
        Assert.Equal(HttpStatusCode.NoContent, out1.StatusCode);

        Assert.Equal(HttpStatusCode.Unauthorized, await person.StatusAsync(Gateway));
        await Wait.UntilAsync(async () => await person.StatusAsync(other) == HttpStatusCode.Unauthorized, AccountsFixture.Soon, "out there too", TestContext.Current.CancellationToken);
        using var refresh = await TryRefreshAsync(person.RefreshToken);
        await Answers.IsProblemAsync(refresh, 401);
        Assert.Equal(HttpStatusCode.OK, await elsewhere.StatusAsync(Gateway));

        // Without a good access token by the refresh token, and without either for nothing.
        using var byToken = await Gateway.SendAsync("POST", "/api/v1/auth/logout", key: null, new { refreshToken = elsewhere.RefreshToken });
        Assert.Equal(HttpStatusCode.NoContent, byToken.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await elsewhere.StatusAsync(Gateway));
        using var nothing = await Gateway.SendAsync("POST", "/api/v1/auth/logout", key: null);
        Assert.Equal(HttpStatusCode.NoContent, nothing.StatusCode);
    }

    [Fact]
    public async Task What_is_done_by_hand_in_the_database_is_known_too()
    {
        var person = await Person.RegisterAsync(Gateway);
        Assert.Equal(HttpStatusCode.OK, await person.StatusAsync(Gateway));
        await fixture.SqlAsync($"delete from accounts where id = '{person.Id}'");
        await Wait.UntilAsync(async () => await person.StatusAsync(Gateway) == HttpStatusCode.Unauthorized, AccountsFixture.Soon, "out", TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_token_that_is_known_costs_no_signature_and_no_question()
    {
        await using var gateway = await fixture.StartAsync();
        using var read = new Counted(gateway, "tokens_read");
        var person = await Person.RegisterAsync(Gateway);

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(HttpStatusCode.OK, await person.StatusAsync(gateway, "/api/v1/bookings"));
        }

        // Once more where news of other sessions came in the very moment of the question.
        Assert.InRange(read.Sum, 1, 4);
    }

    [Fact]
    public async Task A_key_goes_before_a_token_and_neither_reaches_a_service()
    {
        var person = await Person.RegisterAsync(Gateway);
        using var both = await Gateway.SendAsync("GET", "/api/v1/bookings", RunningGateway.AdminKey, more: request => request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", person.AccessToken));
        var echo = await Echo.OfAsync(both);
        Assert.DoesNotContain("authorization", echo.Headers.Keys);
        Assert.DoesNotContain("x-api-key", echo.Headers.Keys);
        using var badKey = await Gateway.SendAsync("GET", "/api/v1/bookings", "nobody-has-this-one", more: request => request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", person.AccessToken));
        await Answers.IsProblemAsync(badKey, 401, "auth.invalid_key");
        using var key = await Gateway.GetAsync("/api/v1/auth/me");
        await Answers.IsProblemAsync(key, 403, "auth.account_only");
        using var nobody = await Gateway.GetAsync("/api/v1/auth/me", key: null);
        await Answers.IsProblemAsync(nobody, 401, "auth.missing", "Authorization");
        using var bad = await Gateway.SendAsync("GET", "/api/v1/bookings", key: null, more: request => request.Headers.TryAddWithoutValidation("Authorization", "Bearer x.y.z"));
        await Answers.IsProblemAsync(bad, 401, "auth.invalid_token");
    }

    [Fact]
    public async Task A_key_is_told_what_it_is()
    {
        using var inHeader = await Gateway.SendAsync("POST", "/api/v1/auth/validate", RunningGateway.UserKey);
        Assert.Equal("USER", (await Person.JsonAsync(inHeader, HttpStatusCode.OK)).GetProperty("role").GetString());
        using var inBody = await Gateway.SendAsync("POST", "/api/v1/auth/validate", key: null, new { key = RunningGateway.AdminKey });
        Assert.True((await Person.JsonAsync(inBody, HttpStatusCode.OK)).GetProperty("valid").GetBoolean());
        using var asked = await Gateway.SendAsync("POST", "/api/v1/auth/validate", RunningGateway.AdminKey, new { key = RunningGateway.UserKey });
        Assert.Equal("USER", (await Person.JsonAsync(asked, HttpStatusCode.OK)).GetProperty("role").GetString());
        using var unknown = await Gateway.SendAsync("POST", "/api/v1/auth/validate", "nobody-has-this-one");
        await Answers.IsProblemAsync(unknown, 401, "auth.invalid_key", "Invalid API key");
        using var none = await Gateway.SendAsync("POST", "/api/v1/auth/validate", key: null);
        await Answers.IsProblemAsync(none, 401, "auth.missing");
    }

    [Fact]
    public async Task What_is_over_is_forgotten_and_what_counts_is_kept()
    {
        var (over, live) = (await Person.RegisterAsync(Gateway), await Person.RegisterAsync(Gateway));
        await fixture.SqlAsync($"update sessions set expires_at = now() - interval '1 second' where account_id = '{over.Id}'");
        await fixture.SqlAsync($"insert into mailed_tokens (token_hash, purpose, account_id, expires_at) values (sha256('{over.Email}'), 'verify_email', '{over.Id}', now() - interval '1 second')");
        await fixture.SqlAsync($"insert into login_failures (email_key, address, failed_at) values ('{over.Email}', '192.0.2.1', now() - interval '2 hours'), ('{live.Email}', '192.0.2.1', now())");

        await fixture.SqlAsync($"""
            insert into account_mails (id, kind, email_key, status, created_at, next_try_at, settled_at)
            select gen_random_uuid(), 'reset_password', '{over.Email}', status, now() - age, now() - age, now() - age
            from (values ('dropped', interval '25 hours'), ('dropped', interval '1 hour'), ('sent', interval '25 hours'), ('sent', interval '31 days')) as mails (status, age)
            """);

        await Gateway.Service<ForgetOldSessions>().RunOnceAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0L, await CountAsync("sessions", over));
        Assert.Equal(0L, await CountAsync("mailed_tokens", over));
        Assert.Equal(1L, await CountAsync("sessions", live));
        Assert.Equal(1L, await fixture.SqlAsync($"select count(*) from login_failures where email_key in ('{over.Email}', '{live.Email}')"));
        Assert.Equal("dropped, sent", await fixture.SqlAsync($"select string_agg(status, ', ' order by status) from account_mails where email_key = '{over.Email}' and kind = 'reset_password'"));
        await RefreshAsync(live);
    }

    private async Task<object?> CountAsync(string table, Person person) => await fixture.SqlAsync($"select count(*) from {table} where account_id = '{person.Id}'");

    private Task<HttpResponseMessage> TryRefreshAsync(string token) => Gateway.Http.PostAsJsonAsync("/api/v1/auth/refresh", new { refreshToken = token }, TestContext.Current.CancellationToken);

    private async Task<Person> RefreshAsync(Person person)
    {
        using var answer = await TryRefreshAsync(person.RefreshToken);
        return Person.Of(person.Email, person.Password, await Person.JsonAsync(answer, HttpStatusCode.OK));
    }
}
