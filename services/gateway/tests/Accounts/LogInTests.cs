using System.Globalization;
using System.Net;
using Coworking.Gateway.Accounts;
using Coworking.Gateway.Tests.Running;

namespace Coworking.Gateway.Tests.Accounts;

public sealed class LogInTests(AccountsFixture fixture)
{
    private RunningGateway Gateway => fixture.Gateway;

    [Fact]
    public async Task The_right_password_opens_whatever_the_case_of_the_address()
    {
        var person = await Person.RegisterAsync(Gateway);
        using var answer = await Gateway.SendAsync("POST", "/api/v1/auth/login", key: null, new { email = " " + person.Email.ToUpperInvariant(), password = Person.Right });
        var again = Person.Of(person.Email, Person.Right, await Person.JsonAsync(answer, HttpStatusCode.OK));
        Assert.Equal(person.Id, again.Id);
        Assert.NotEqual(person.RefreshToken, again.RefreshToken);
        Assert.Equal(HttpStatusCode.OK, await again.StatusAsync(Gateway));
    }

    [Fact]
    public async Task Nobody_and_a_wrong_password_get_the_same_answer_for_the_same_work()
    {
        await using var gateway = await fixture.StartAsync();
        var person = await Person.RegisterAsync(Gateway);
        using var http = fixture.From(fixture.NewAddress(), gateway);
        using var hashes = new Counted(gateway, "password_hashes");

        using var wrong = await Person.TryAsync(http, person.Email, "Wrong-Password-1");
        Assert.Equal(1, hashes.Sum);
        using var nobody = await Person.TryAsync(http, Person.NewEmail("nobody"), "Wrong-Password-1");
        Assert.Equal(2, hashes.Sum);

        var (first, second) = (await Answers.IsProblemAsync(wrong, 401, "auth.wrong_credentials"), await Answers.IsProblemAsync(nobody, 401, "auth.wrong_credentials"));
        first.Remove("traceId");
        second.Remove("traceId");
        Assert.Equal(first.ToJsonString(), second.ToJsonString());
    }

    [Fact]
    public async Task Five_failures_shut_an_address_out_of_an_account_and_nobody_else()
    {
        var person = await Person.RegisterAsync(Gateway);
        var (here, there) = (fixture.NewAddress(), fixture.NewAddress());
        using var guesser = fixture.From(here);
        using var owner = fixture.From(there);

        for (var i = 0; i < Lockout.PerAccount; i++)
        {
            using var wrong = await Person.TryAsync(guesser, person.Email, $"Wrong-Password-{i}");
            await Answers.IsProblemAsync(wrong, 401);
        }

        using var shut = await Person.TryAsync(guesser, person.Email, Person.Right);
        await Answers.IsProblemAsync(shut, 429, "auth.locked");
        Assert.InRange(int.Parse(Assert.Single(shut.Headers.GetValues("Retry-After")), CultureInfo.InvariantCulture), 800, 900);
        using var free = await Person.TryAsync(owner, person.Email, Person.Right);
        Assert.Equal(HttpStatusCode.OK, free.StatusCode);
        using var other = await Person.TryAsync(guesser, (await Person.RegisterAsync(Gateway)).Email, Person.Right);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);

        await fixture.SqlAsync($"update login_failures set failed_at = failed_at - interval '15 minutes' where address = '{here}'");
        using var later = await Person.TryAsync(guesser, person.Email, Person.Right);
        Assert.Equal(HttpStatusCode.OK, later.StatusCode);
        Assert.Equal(0L, await fixture.SqlAsync($"select count(*) from login_failures where address = '{here}' and email_key = '{person.Email}'"));
    }

    [Fact]
    public async Task Guesses_sent_all_at_once_are_five_guesses_too()
    {
        var person = await Person.RegisterAsync(Gateway);
        using var guesser = fixture.From(fixture.NewAddress());

        var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => Person.TryAsync(guesser, person.Email, $"Wrong-Password-{i}")));

        Assert.Equal(Lockout.PerAccount, answers.Count(answer => answer.StatusCode == HttpStatusCode.Unauthorized));
        Assert.All(answers, answer => Assert.Contains(answer.StatusCode, (HttpStatusCode[])[HttpStatusCode.Unauthorized, HttpStatusCode.TooManyRequests, HttpStatusCode.ServiceUnavailable]));
        Array.ForEach(answers, answer => answer.Dispose());
    }

    [Fact]
    public async Task Fifty_failures_over_many_accounts_shut_an_address_out_of_all()
    {
        var person = await Person.RegisterAsync(Gateway);
        var address = fixture.NewAddress();
        using var guesser = fixture.From(address);
        await fixture.SqlAsync($"insert into login_failures (email_key, address, failed_at) select 'nobody-' || n, '{address}', now() from generate_series(1, {Lockout.PerAddress - 1}) n");

        using var fiftieth = await Person.TryAsync(guesser, Person.NewEmail(), "Wrong-Password-1");
        await Answers.IsProblemAsync(fiftieth, 401);
        using var shut = await Person.TryAsync(guesser, person.Email, Person.Right);
        await Answers.IsProblemAsync(shut, 429, "auth.locked");
    }

    [Theory]
    [InlineData("{\"password\":\"x\"}", "email")]
    [InlineData("{\"email\":\"\",\"password\":\"x\"}", "email")]
    [InlineData("{\"email\":\"a\\u0000@b.mx\",\"password\":\"x\"}", "email")]
    [InlineData("{\"email\":\"a@b.mx\"}", "password")]
    [InlineData("{\"email\":\"a@b.mx\",\"password\":\"\"}", "password")]
    [InlineData("{\"email\":{},\"password\":\"x\"}", "email")]
    public async Task What_is_missing_is_named(string body, string field)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await Gateway.SendAsync("POST", "/api/v1/auth/login", key: null, content);
        Assert.NotNull((await Answers.IsProblemAsync(answer, 400))["errors"]![field]);
    }

    [Fact]
    public async Task Lengths_of_what_is_tried_are_bounded()
    {
        using var http = fixture.From(fixture.NewAddress());
        using var longEmail = await Person.TryAsync(http, new string('a', 255), "x");
        using var longPassword = await Person.TryAsync(http, "a@b.mx", new string('x', 129));
        using var longest = await Person.TryAsync(http, new string('a', 254), new string('x', 128));
        await Answers.IsProblemAsync(longEmail, 400, message: "email");
        await Answers.IsProblemAsync(longPassword, 400, message: "password");
        await Answers.IsProblemAsync(longest, 401);
    }

    [Fact]
    public async Task A_disabled_account_is_told_so_only_to_whoever_knows_its_password()
    {
        var person = await Person.RegisterAsync(Gateway);
        await fixture.SqlAsync($"update accounts set disabled_at = now() where id = '{person.Id}'");
        using var http = fixture.From(fixture.NewAddress());
        using var right = await Person.TryAsync(http, person.Email, Person.Right);
        using var wrong = await Person.TryAsync(http, person.Email, "Wrong-Password-1");
        await Answers.IsProblemAsync(right, 403, "account.disabled");
        await Answers.IsProblemAsync(wrong, 401, "auth.wrong_credentials");
    }

    [Fact]
    public async Task A_hash_of_yesterday_is_made_anew_by_a_sign_in()
    {
        var person = await Person.RegisterAsync(Gateway);
        var before = await fixture.SqlAsync($"select password_hash from accounts where id = '{person.Id}'");
        await using var stronger = await fixture.StartAsync("--Accounts:PasswordIterations=2000");
        await person.LogInAsync(stronger);
        Assert.NotEqual(before, await fixture.SqlAsync($"select password_hash from accounts where id = '{person.Id}'"));
        await person.LogInAsync(Gateway);
    }

    [Fact]
    public async Task A_password_is_changed_by_whoever_knows_the_present_one_and_everybody_else_is_signed_out()
    {
        var person = await Person.RegisterAsync(Gateway);
        var elsewhere = await person.LogInAsync(Gateway);
        using var wrong = await person.SendAsync(Gateway, "POST", "/api/v1/auth/change-password", new { currentPassword = "Wrong-Password-1", newPassword = "Newer-Password-2" });
        await Answers.IsProblemAsync(wrong, 403, "account.wrong_password");
        using var weak = await person.SendAsync(Gateway, "POST", "/api/v1/auth/change-password", new { currentPassword = Person.Right, newPassword = "weak" });
        await Answers.IsProblemAsync(weak, 400, message: "newPassword");

        using var changed = await person.SendAsync(Gateway, "POST", "/api/v1/auth/change-password", new { currentPassword = Person.Right, newPassword = "Newer-Password-2" });
        var after = Person.Of(person.Email, "Newer-Password-2", await Person.JsonAsync(changed, HttpStatusCode.OK));

        Assert.Equal(HttpStatusCode.Unauthorized, await person.StatusAsync(Gateway));
        Assert.Equal(HttpStatusCode.Unauthorized, await elsewhere.StatusAsync(Gateway));
        Assert.Equal(HttpStatusCode.OK, await after.StatusAsync(Gateway));
        using var old = await Person.TryAsync(Gateway.Http, person.Email, Person.Right);
        await Answers.IsProblemAsync(old, 401);
        await after.LogInAsync(Gateway);
        await fixture.SendMailsAsync();
        Assert.Contains("signed out", await fixture.MailAsync(person.Email, "Your password was changed"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_changes_of_one_password_at_once_are_one()
    {
        var person = await Person.RegisterAsync(Gateway);
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(i =>
            person.SendAsync(Gateway, "POST", "/api/v1/auth/change-password", new { currentPassword = Person.Right, newPassword = $"Newer-Password-{i}" })));
        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        Array.ForEach(answers, answer => answer.Dispose());
    }
}
