using System.Net;
using System.Text.Json;
using Coworking.Gateway.Tests.Running;
using Coworking.Hosting.Identity;
using Coworking.Local;

namespace Coworking.Gateway.Tests.Accounts;

public sealed class RegistrationTests(AccountsFixture fixture)
{
    private const string Confirm = "Confirm your e-mail address";

    private RunningGateway Gateway => fixture.Gateway;

    [Fact]
    public async Task Whoever_registers_is_signed_in_as_a_customer_whose_address_is_not_verified()
    {
        var email = Person.NewEmail("Ana.Maria");
        using var answer = await Gateway.SendAsync("POST", "/api/v1/auth/register", key: null, Person.Registration(email));
        var json = await Person.JsonAsync(answer, HttpStatusCode.Created);

        Assert.True(answer.Headers.CacheControl?.NoStore);
        Assert.Equal(900, json.GetProperty("expiresIn").GetInt32());
        var user = json.GetProperty("user");
        Assert.Equal((email, "Ana", "Pérez", "CUSTOMER", false), (user.GetProperty("email").GetString(), user.GetProperty("firstName").GetString(), user.GetProperty("lastName").GetString(), user.GetProperty("role").GetString(), user.GetProperty("emailVerified").GetBoolean()));
        Assert.DoesNotContain("assword", json.GetRawText(), StringComparison.Ordinal);

        var person = Person.Of(email, Person.Right, json);
        using var me = await person.SendAsync(Gateway, "GET", "/api/v1/auth/me");
        Assert.Equal(user.GetRawText(), (await Person.JsonAsync(me, HttpStatusCode.OK)).GetRawText());

        using var through = await person.SendAsync(Gateway, "GET", "/api/v1/bookings");
        var echo = await Echo.OfAsync(through);
        Assert.DoesNotContain("authorization", echo.Headers.Keys);
        using var verifier = new IdentityTokenVerifier(fixture.PublicKey, TimeProvider.System);
        var caller = verifier.Verify(echo.Headers["x-coworking-identity"])!;
        Assert.Equal((person.Id.ToString(), "account", Roles.Customer, email, false), (caller.Subject, caller.Kind, caller.Role, caller.Email, caller.EmailVerified));
    }

    [Fact]
    public async Task An_address_has_one_account_whatever_its_case_and_however_many_ask_at_once()
    {
        var email = Person.NewEmail();
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Gateway.SendAsync("POST", "/api/v1/auth/register", key: null, Person.Registration(i % 2 == 0 ? email : email.ToUpperInvariant()))));

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);

        foreach (var answer in answers)
        {
            if (answer.StatusCode != HttpStatusCode.Created)
            {
                await Answers.IsProblemAsync(answer, 409, "account.exists");
            }

            answer.Dispose();
        }
    }

    [Fact]
    public async Task An_address_that_nobody_has_confirmed_is_taken_by_whoever_registers_it_next_and_nothing_of_the_first_remains()
    {
        var email = Person.NewEmail();
        var first = await Person.RegisterAsync(Gateway, email);
        Assert.Equal(HttpStatusCode.OK, await first.StatusAsync(Gateway));
        await fixture.SqlAsync($"update accounts set telegram_id = -{TimeProvider.System.GetTimestamp()} where id = '{first.Id}'");
        var link = await fixture.TokenFromMailAsync(email, Confirm);
        // So soon it is the same person once more.
        using var soon = await Gateway.SendAsync("POST", "/api/v1/auth/register", key: null, Person.Registration(email, "Other-Password-1"));
        await Answers.IsProblemAsync(soon, 409, "account.exists");
        await LaterAsync(email);

        using var answer = await Gateway.SendAsync(
            "POST", "/api/v1/auth/register", key: null, new { email, password = "Other-Password-1", firstName = "<b>Olga", lastName = "Owner" });
        var owner = Person.Of(email, "Other-Password-1", await Person.JsonAsync(answer, HttpStatusCode.Created));

        Assert.Equal(HttpStatusCode.Unauthorized, await first.StatusAsync(Gateway));
        using var refresh = await Gateway.SendAsync("POST", "/api/v1/auth/refresh", key: null, new { refreshToken = first.RefreshToken });
        await Answers.IsProblemAsync(refresh, 401);
        using var password = await Person.TryAsync(Gateway.Http, email, Person.Right);
        await Answers.IsProblemAsync(password, 401);
        using var stale = await Gateway.SendAsync("POST", "/api/v1/auth/verify-email", key: null, new { token = link });
        await Answers.IsProblemAsync(stale, 400, "account.invalid_token");
        using var stalePage = await Gateway.GetAsync($"/api/v1/auth/verify-email?token={link}", key: null);
        Assert.Equal(HttpStatusCode.BadRequest, stalePage.StatusCode);
        using var me = await owner.SendAsync(Gateway, "GET", "/api/v1/auth/me");
        Assert.False((await Person.JsonAsync(me, HttpStatusCode.OK)).GetProperty("telegramLinked").GetBoolean());

        // The page says for whom, and not as markup.
        var newLink = link;
        await Wait.UntilAsync(async () => (newLink = await fixture.TokenFromMailAsync(email, Confirm)) != link, TimeSpan.FromSeconds(60), "a new link", TestContext.Current.CancellationToken);
        using var answered = await Gateway.GetAsync($"/api/v1/auth/verify-email?token={newLink}", key: null);
        var page = await answered.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("“&lt;b&gt;Olga”", page, StringComparison.Ordinal);
        Assert.Contains("only if that was you", page, StringComparison.Ordinal);
        using var verified = await Gateway.SendAsync("POST", "/api/v1/auth/verify-email", key: null, new { token = newLink });
        Assert.Equal(owner.Id, (await Person.JsonAsync(verified, HttpStatusCode.OK)).GetProperty("id").GetGuid());

        await LaterAsync(email);
        using var taken = await Gateway.SendAsync("POST", "/api/v1/auth/register", key: null, Person.Registration(email));
        await Answers.IsProblemAsync(taken, 409, "account.exists");
        await owner.LogInAsync(Gateway);
    }

    [Theory]
    [InlineData("disabled_at = now()")]
    [InlineData("role = 'RECEPTION'")]
    public async Task Who_was_shut_out_or_works_here_does_not_come_back_as_a_new_registration(string change)
    {
        var person = await Person.RegisterAsync(Gateway);
        await fixture.SqlAsync($"update accounts set {change} where id = '{person.Id}'");
        await LaterAsync(person.Email);
        using var again = await Gateway.SendAsync("POST", "/api/v1/auth/register", key: null, Person.Registration(person.Email));
        await Answers.IsProblemAsync(again, 409, "account.exists");
    }

    [Fact]
    public async Task Once_the_mails_of_a_day_are_spent_nobody_makes_the_newest_link_worthless()
    {
        var person = await Person.RegisterAsync(Gateway);
        var link = await fixture.TokenFromMailAsync(person.Email, Confirm);
        await LaterAsync(person.Email);
        await fixture.SqlAsync($"""
            insert into account_mails (id, kind, email_key, status, created_at, next_try_at, settled_at)
            select gen_random_uuid(), 'verify_email', '{person.Email}', 'sent', now() - interval '1 hour', now(), now() from generate_series(1, 4)
            """);
        using var again = await Gateway.SendAsync("POST", "/api/v1/auth/register", key: null, Person.Registration(person.Email, "Other-Password-1"));
        await Answers.IsProblemAsync(again, 409, "account.exists");
        using var verified = await Gateway.SendAsync("POST", "/api/v1/auth/verify-email", key: null, new { token = link });
        Assert.Equal(HttpStatusCode.OK, verified.StatusCode);
    }

    [Fact]
    public async Task Wishes_for_an_address_that_nobody_had_do_not_keep_back_its_first_mail()
    {
        var email = Person.NewEmail();
        await fixture.SqlAsync($"""
            insert into account_mails (id, kind, email_key, status, created_at, next_try_at, settled_at)
            select gen_random_uuid(), 'verify_email', '{email}', 'dropped', now(), now(), now() from generate_series(1, 5)
            """);
        await Person.RegisterAsync(Gateway, email);
        await fixture.TokenFromMailAsync(email, Confirm);
    }

    [Fact]
    public async Task Every_field_has_its_bounds_and_what_is_wrong_is_named()
    {
        var local = new string('a', 64);
        (string Field, object? Value, bool IsGood)[] cases =
        [
            ("email", null, false), ("email", "", false), ("email", "no-address", false), ("email", "two@at@example.com", false), ("email", 5, false), ("email", "nul\0@example.com", false),
            ("email", local + "a@example.com", false), ("email", "x@" + new string('b', 63) + ".com", true), ("email", "x@" + new string('b', 64) + ".com", false),
            ("password", null, false), ("password", "Short-1", false), ("password", "Eight-88", true), ("password", "no-upper-case-1", false), ("password", "NO-LOWER-CASE-1", false),
            ("password", "No-Digit-Here", false), ("password", "Aa1" + new string('x', 125), true), ("password", "Aa1" + new string('x', 126), false), ("password", 12345678, false),
            ("firstName", null, false), ("firstName", "  ", false), ("firstName", new string('é', 100), true), ("firstName", new string('é', 101), false), ("firstName", "nul\0", false),
            ("firstName", string.Concat(Enumerable.Repeat("😀", 100)), true), ("lastName", "", false), ("lastName", new string('x', 100), true), ("lastName", new string('x', 101), false), ("lastName", true, false),
            ("phoneNumber", null, true), ("phoneNumber", "", true), ("phoneNumber", "12345", true), ("phoneNumber", "1234", false), ("phoneNumber", "+52 (55) 1234-5678", true), ("phoneNumber", "call me", false),
            ("phoneNumber", "123456789012345", true), ("phoneNumber", "1234567890123456", false), ("phoneNumber", "12345" + new string(' ', 30) + "6", false),
            ("role", "CUSTOMER", true), ("role", "ADMIN", false), ("role", "RECEPTION", false), ("role", "", false),
        ];

        foreach (var (field, value, isGood) in cases)
        {
            var body = new Dictionary<string, object?> { ["email"] = Person.NewEmail(), ["password"] = Person.Right, ["firstName"] = "A", ["lastName"] = "B" };
            body[field] = field == "email" && isGood ? $"{Guid.CreateVersion7():N}{value}" : value;
            using var answer = await Gateway.SendAsync("POST", "/api/v1/auth/register", key: null, body);
            var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True(answer.StatusCode == (isGood ? HttpStatusCode.Created : HttpStatusCode.BadRequest), $"{field} {value}: {(int)answer.StatusCode} {text}");

            if (!isGood)
            {
                var problem = await Answers.IsProblemAsync(answer, 400, "request.invalid", field);
                Assert.NotNull(problem["errors"]![field]);
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{\"email\":\"\\ud800\"}")]
    public async Task What_is_no_registration_at_all_is_a_bad_request(string body)
    {
        foreach (var path in new[] { "register", "login", "refresh", "verify-email", "reset-password", "forgot-password", "resend-verification", "telegram/mini-app" })
        {
            using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
            using var answer = await Gateway.SendAsync("POST", $"/api/v1/auth/{path}", key: null, content);
            await Answers.IsProblemAsync(answer, 400);
        }
    }

    [Fact]
    public async Task Another_media_type_method_and_size_are_refused_in_shape()
    {
        using var form = await Gateway.SendAsync("POST", "/api/v1/auth/login", key: null, new FormUrlEncodedContent([]));
        using var get = await Gateway.SendAsync("GET", "/api/v1/auth/login", key: null);
        using var large = await Gateway.SendAsync("POST", "/api/v1/auth/login", key: null, new { email = "a@b.mx", password = new string('x', 1024 * 1024) });
        await Answers.IsProblemAsync(form, 415);
        await Answers.IsProblemAsync(get, 405);
        await Answers.IsProblemAsync(large, 413);
    }

    private Task<object?> LaterAsync(string email) =>
        fixture.SqlAsync($"update account_mails set created_at = created_at - interval '2 minutes' where email_key = '{email}'");
}
