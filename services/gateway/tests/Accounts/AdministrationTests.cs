using System.Net;
using Coworking.Gateway.Sessions;
using Coworking.Gateway.Tests.Running;
using Coworking.Hosting.Identity;

namespace Coworking.Gateway.Tests.Accounts;

/// <summary>On a database of its own, so that it knows every ADMIN.</summary>
[Collection(nameof(StartTests))]
public sealed class AdministrationTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private RunningGateway Gateway => fixture.Gateway;

    [Fact]
    public async Task A_demo_has_the_accounts_that_the_contract_promises_and_Production_lets_none_of_them_in()
    {
        using var list = await Gateway.GetAsync("/api/v1/accounts?pageSize=100&search=@EXAMPLE.com");
        var demo = (await Person.JsonAsync(list, HttpStatusCode.OK)).GetProperty("data").EnumerateArray().Where(row => row.GetProperty("lastName").GetString() == "Demo").ToList();
        Assert.Equal(
            ["ADMIN admin@example.com", "CUSTOMER ana@example.com", "CUSTOMER carlos@example.com", "RECEPTION reception@example.com", "TECHNICIAN technician@example.com"],
            demo.Select(row => $"{row.GetProperty("role").GetString()} {row.GetProperty("email").GetString()}").Order(StringComparer.Ordinal));
        Assert.All(demo, row => Assert.True(row.GetProperty("emailVerified").GetBoolean()));

        using var ana = await Person.TryAsync(Gateway.Http, "ana@example.com", "Demo-Ana-1");
        var she = Person.Of("ana@example.com", "Demo-Ana-1", await Person.JsonAsync(ana, HttpStatusCode.OK));
        await using var production = await fixture.StartAsync("--environment=Production");
        using var refused = await Person.TryAsync(production.Http, "ana@example.com", "Demo-Ana-1");
        await Answers.IsProblemAsync(refused, 401, "auth.wrong_credentials");
        Assert.Equal(HttpStatusCode.Unauthorized, await she.StatusAsync(production));
        using var refresh = await production.SendAsync("POST", "/api/v1/auth/refresh", key: null, new { refreshToken = she.RefreshToken });
        await Answers.IsProblemAsync(refresh, 401);
    }

    [Fact]
    public async Task Accounts_are_listed_searched_and_shown_to_an_ADMIN_and_nobody_else()
    {
        var person = await Person.RegisterAsync(Gateway, Person.NewEmail("under_score%"));
        using var mine = await Gateway.GetAsync($"/api/v1/accounts?search={Uri.EscapeDataString("UNDER_SCORE%")}&role=customer&disabled=false");
        var row = Assert.Single((await Person.JsonAsync(mine, HttpStatusCode.OK)).GetProperty("data").EnumerateArray());
        Assert.Equal(person.Id, row.GetProperty("id").GetGuid());
        Assert.False(row.TryGetProperty("passwordHash", out _));
        using var none = await Gateway.GetAsync("/api/v1/accounts?search=nobody-is-called-so&page=2");
        Assert.Equal(0, (await Person.JsonAsync(none, HttpStatusCode.OK)).GetProperty("meta").GetProperty("total").GetInt32());
        using var one = await Gateway.GetAsync($"/api/v1/accounts/{person.Id}");
        Assert.Equal(row.GetRawText(), (await Person.JsonAsync(one, HttpStatusCode.OK)).GetRawText());

        foreach (var path in new[] { "?role=USER", "?disabled=maybe", "?page=0", "?search=" + new string('x', 101), "/no-uuid" })
        {
            using var wrong = await Gateway.GetAsync($"/api/v1/accounts{path}");
            await Answers.IsProblemAsync(wrong, 400);
        }

        using var absent = await Gateway.GetAsync($"/api/v1/accounts/{Guid.CreateVersion7()}");
        await Answers.IsProblemAsync(absent, 404, "account.not_found");
        using var user = await Gateway.GetAsync("/api/v1/accounts", RunningGateway.UserKey);
        await Answers.IsProblemAsync(user, 403);
        using var customer = await person.SendAsync(Gateway, "GET", "/api/v1/accounts");
        await Answers.IsProblemAsync(customer, 403);
    }

    [Fact]
    public async Task A_role_is_given_by_an_ADMIN_and_every_gateway_knows_it_without_a_new_sign_in()
    {
        var person = await Person.RegisterAsync(Gateway);
        Assert.Equal(HttpStatusCode.Forbidden, await person.StatusAsync(Gateway, "/api/v1/accounts"));
        using var early = await Gateway.SendAsync("PATCH", $"/api/v1/accounts/{person.Id}", body: new { role = "RECEPTION" });
        await Answers.IsProblemAsync(early, 409, "account.email_not_verified");
        using var customer = await Gateway.SendAsync("PATCH", $"/api/v1/accounts/{person.Id}", body: new { role = "CUSTOMER" });
        Assert.Equal(HttpStatusCode.OK, customer.StatusCode);
        await fixture.SqlAsync($"update accounts set email_verified_at = now() where id = '{person.Id}'");
        using var given = await Gateway.SendAsync("PATCH", $"/api/v1/accounts/{person.Id}", body: new { role = "RECEPTION" });
        Assert.Equal("RECEPTION", (await Person.JsonAsync(given, HttpStatusCode.OK)).GetProperty("role").GetString());
        using var seen = await person.SendAsync(Gateway, "GET", "/api/v1/bookings");
        using var verifier = new IdentityTokenVerifier(fixture.Identity.PublicKey, TimeProvider.System);
        Assert.Equal(Roles.Reception, verifier.Verify((await Echo.OfAsync(seen)).Headers["x-coworking-identity"])!.Role);

        foreach (var body in new[] { "{}", "{\"role\":\"USER\"}", "{\"role\":null}", "{\"role\":7}", "{\"disabled\":null}", "{\"disabled\":\"yes\"}", "[]" })
        {
            using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
            using var wrong = await Gateway.SendAsync("PATCH", $"/api/v1/accounts/{person.Id}", body: content);
            await Answers.IsProblemAsync(wrong, 400);
        }

        using var absent = await Gateway.SendAsync("PATCH", $"/api/v1/accounts/{Guid.CreateVersion7()}", body: new { disabled = true });
        await Answers.IsProblemAsync(absent, 404);
    }

    [Fact]
    public async Task A_disabled_account_is_signed_out_and_may_come_back_when_it_is_enabled()
    {
        await using var other = await fixture.StartAsync();
        var person = await Person.RegisterAsync(Gateway);
        Assert.Equal(HttpStatusCode.OK, await person.StatusAsync(other));
        using var disabled = await Gateway.SendAsync("PATCH", $"/api/v1/accounts/{person.Id}", body: new { disabled = true });
        Assert.Equal(HttpStatusCode.Unauthorized, await person.StatusAsync(Gateway));
        await Coworking.Local.Wait.UntilAsync(async () => await person.StatusAsync(other) == HttpStatusCode.Unauthorized, AccountsFixture.Soon, "shut there too", TestContext.Current.CancellationToken);
        using var enabled = await Gateway.SendAsync("PATCH", $"/api/v1/accounts/{person.Id}", body: new { disabled = false });
        Assert.Equal(HttpStatusCode.Unauthorized, await person.StatusAsync(Gateway));
        await person.LogInAsync(Gateway);
    }

    [Fact]
    public async Task Nobody_takes_away_the_last_ADMIN_though_two_try_at_once()
    {
        var (first, second) = (await Person.RegisterAsync(Gateway), await Person.RegisterAsync(Gateway));

        foreach (var person in new[] { first, second })
        {
            await fixture.SqlAsync($"update accounts set email_verified_at = now() where id = '{person.Id}'");
            using var given = await Gateway.SendAsync("PATCH", $"/api/v1/accounts/{person.Id}", body: new { role = "ADMIN" });
            Assert.Equal(HttpStatusCode.OK, given.StatusCode);
        }

        await fixture.SqlAsync($"update accounts set disabled_at = now() where role = 'ADMIN' and id not in ('{first.Id}', '{second.Id}')");

        try
        {
            var answers = await Task.WhenAll(
                Gateway.SendAsync("PATCH", $"/api/v1/accounts/{first.Id}", body: new { role = "CUSTOMER" }),
                Gateway.SendAsync("PATCH", $"/api/v1/accounts/{second.Id}", body: new { disabled = true }));
            Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
            await Answers.IsProblemAsync(Assert.Single(answers, answer => answer.StatusCode != HttpStatusCode.OK), 409, "account.last_admin");
            Array.ForEach(answers, answer => answer.Dispose());
        }
        finally
        {
            await fixture.SqlAsync("update accounts set disabled_at = null where is_demo");
            await fixture.SqlAsync($"update accounts set role = 'CUSTOMER' where id in ('{first.Id}', '{second.Id}')");
        }
    }

    [Fact]
    public async Task The_first_ADMIN_of_a_Production_is_made_at_the_command_line()
    {
        var email = Person.NewEmail("Boss");
        string[] verb = ["account", "create", .. fixture.Settings("--environment=Production", "--Accounts:PasswordIterations=100000", $"--email={email}", "--role=ADMIN")];
        Assert.Equal((0, ""), await RunAsync(verb, "Right-Password-1\n"));
        Assert.Equal(1, (await RunAsync(verb, "Right-Password-1\n")).Code);
        Assert.Contains("must have 8 to 128", (await RunAsync(verb, "weak\n")).Error, StringComparison.Ordinal);
        Assert.Contains("must have 8 to 128", (await RunAsync(verb, "")).Error, StringComparison.Ordinal);
        Assert.Contains("--role must be", (await RunAsync([.. verb, "--role=USER"], "Right-Password-1\n")).Error, StringComparison.Ordinal);
        Assert.Contains("Invalid email", (await RunAsync([.. verb, "--email=nobody"], "Right-Password-1\n")).Error, StringComparison.Ordinal);
        Assert.Contains("account create --email", (await RunAsync(["account", .. fixture.Settings()], "")).Error, StringComparison.Ordinal);

        await using var production = await fixture.StartAsync("--environment=Production");
        using var answer = await Person.TryAsync(production.Http, email, "Right-Password-1");
        var boss = Person.Of(email, "Right-Password-1", await Person.JsonAsync(answer, HttpStatusCode.OK));
        Assert.Equal(HttpStatusCode.OK, await boss.StatusAsync(production, "/api/v1/accounts"));
    }

    [Theory]
    [InlineData("Production", "--Sessions:SigningKeys:0=", "Sessions:SigningKeys is missing")]
    [InlineData("Staging", "--Sessions:SigningKeys:1=" + TokenOptions.DemoKey, "Sessions:SigningKeys holds the published demo key")]
    [InlineData("Production", "--Sessions:SigningKeys:0=" + TokenOptions.DemoKey, "Sessions:SigningKeys holds the published demo key")]
    [InlineData("Development", "--Sessions:SigningKeys:1=no base64", "Sessions:SigningKeys holds something")]
    [InlineData("Development", "--Sessions:SigningKeys:1={identity}", "Sessions:SigningKeys holds Identity:SigningKey")]
    [InlineData("Development", "--Accounts:PublicUrl=ftp://example.com", "Accounts:PublicUrl")]
    [InlineData("Production", "--Accounts:PublicUrl=", "Accounts:PublicUrl is empty, which is refused in Production")]
    [InlineData("Development", "--Accounts:PasswordIterations=999", "Accounts:PasswordIterations")]
    [InlineData("Development", "--Accounts:PasswordIterations=many", "Accounts:PasswordIterations")]
    [InlineData("Production", "--Accounts:PasswordIterations=99999", "Accounts:PasswordIterations")]
    [InlineData("Development", "--Accounts:HashesAtOnce=0", "Accounts:HashesAtOnce")]
    public async Task A_setting_that_cannot_be_right_keeps_the_gateway_from_starting(string environment, string setting, string line)
    {
        var (code, error) = await RunAsync(fixture.Settings($"--environment={environment}", setting.Replace("{identity}", fixture.Identity.SigningKey, StringComparison.Ordinal)), "");
        Assert.Equal(1, code);
        Assert.StartsWith(line, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Development_signs_by_the_published_key_where_none_is_given()
    {
        await using var gateway = await fixture.StartAsync("--Sessions:SigningKeys:0=");
        var person = await Person.RegisterAsync(gateway);
        Assert.Equal(HttpStatusCode.OK, await person.StatusAsync(gateway));
        Assert.Equal(HttpStatusCode.Unauthorized, await person.StatusAsync(Gateway));
    }

    private static async Task<(int Code, string Error)> RunAsync(string[] arguments, string input)
    {
        var (before, beforeOut, beforeIn) = (Console.Error, Console.Out, Console.In);
        await using var error = new StringWriter();
        await using var ignored = new StringWriter();
        using var given = new StringReader(input);
        Console.SetError(error);
        Console.SetOut(ignored);
        Console.SetIn(given);

        try
        {
            return (await Program.Main(arguments), error.ToString());
        }
        finally
        {
            Console.SetError(before);
            Console.SetOut(beforeOut);
            Console.SetIn(beforeIn);
        }
    }
}
