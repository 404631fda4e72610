using System.Net;
using Coworking.Gateway.Tests.Running;
using Coworking.Hosting.Identity;
using Coworking.Local;

namespace Coworking.Gateway.Tests.Accounts;

public sealed class MailedTests(AccountsFixture fixture)
{
    private const string Confirm = "Confirm your e-mail address";
    private const string Choose = "Choose a new password";

    private RunningGateway Gateway => fixture.Gateway;

    [Fact]
    public async Task The_link_in_the_mail_verifies_the_address_once_and_every_session_knows_it()
    {
        await using var other = await fixture.StartAsync();
        var person = await Person.RegisterAsync(Gateway);
        Assert.False(await IsVerifiedAsync(other, person));
        var token = await fixture.TokenFromMailAsync(person.Email, Confirm);
        Assert.Contains("https://coworking.example.com/api/v1/auth/verify-email?token=", await fixture.MailAsync(person.Email, Confirm), StringComparison.Ordinal);

        // Programs that look for malice in mails follow every link.
        using var page = await Gateway.GetAsync($"/api/v1/auth/verify-email?token={token}", key: null);
        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        Assert.True(page.Headers.CacheControl?.NoStore);
        Assert.False(await IsVerifiedAsync(Gateway, person));

        using var verified = await Gateway.SendAsync("POST", "/api/v1/auth/verify-email", key: null, new { token });
        Assert.True((await Person.JsonAsync(verified, HttpStatusCode.OK)).GetProperty("emailVerified").GetBoolean());
        Assert.True(await IsVerifiedAsync(Gateway, person));
        await Wait.UntilAsync(() => IsVerifiedAsync(other, person), AccountsFixture.Soon, "another gateway knows", TestContext.Current.CancellationToken);
        using var again = await Gateway.SendAsync("POST", "/api/v1/auth/verify-email", key: null, new { token });
        await Answers.IsProblemAsync(again, 400, "account.invalid_token");
    }

    [Fact]
    public async Task The_button_of_the_page_verifies_too_and_shows_nothing_as_markup()
    {
        var person = await Person.RegisterAsync(Gateway);
        var token = await fixture.TokenFromMailAsync(person.Email, Confirm);
        using var page = await Gateway.GetAsync("/api/v1/auth/verify-email?token=%22%3E%3Cscript%3E", key: null);
        Assert.DoesNotContain("<script", await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        using var pressed = await Gateway.SendAsync("POST", "/api/v1/auth/verify-email/form", key: null, Form(("token", token)));
        Assert.Equal(HttpStatusCode.OK, pressed.StatusCode);
        Assert.True(await IsVerifiedAsync(Gateway, person));
        using var again = await Gateway.SendAsync("POST", "/api/v1/auth/verify-email/form", key: null, Form(("token", token)));
        Assert.Equal(HttpStatusCode.BadRequest, again.StatusCode);
        using var nothing = await Gateway.SendAsync("POST", "/api/v1/auth/verify-email/form", key: null);
        Assert.Equal(HttpStatusCode.BadRequest, nothing.StatusCode);
    }

    [Fact]
    public async Task A_token_is_good_for_its_time_and_its_purpose_only_and_of_two_at_once_once()
    {
        var person = await Person.RegisterAsync(Gateway);
        var token = await fixture.TokenFromMailAsync(person.Email, Confirm);

        foreach (var bad in new[] { token[..^1], token + "A", new string('A', 43), "ж" })
        {
            using var answer = await Gateway.SendAsync("POST", "/api/v1/auth/verify-email", key: null, new { token = bad });
            await Answers.IsProblemAsync(answer, 400, "account.invalid_token");
        }

        using var missing = await Gateway.SendAsync("POST", "/api/v1/auth/verify-email", key: null, new { });
        Assert.NotNull((await Answers.IsProblemAsync(missing, 400, "request.invalid"))["errors"]!["token"]);
        using var purpose = await Gateway.SendAsync("POST", "/api/v1/auth/reset-password", key: null, new { token, newPassword = "Newer-Password-2" });
        await Answers.IsProblemAsync(purpose, 400, "account.invalid_token");

        var lifetime = (TimeSpan)(await fixture.SqlAsync($"select expires_at - now() from mailed_tokens where account_id = '{person.Id}'"))!;
        Assert.InRange(lifetime, TimeSpan.FromHours(23.5), TimeSpan.FromHours(24.1));
        await fixture.SqlAsync($"update mailed_tokens set expires_at = now() where account_id = '{person.Id}'");
        using var old = await Gateway.SendAsync("POST", "/api/v1/auth/verify-email", key: null, new { token });
        await Answers.IsProblemAsync(old, 400, "account.invalid_token");

        await fixture.SqlAsync($"update mailed_tokens set expires_at = now() + interval '1 minute' where account_id = '{person.Id}'");
        var both = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Gateway.SendAsync("POST", "/api/v1/auth/verify-email", key: null, new { token })));
        Assert.Single(both, answer => answer.StatusCode == HttpStatusCode.OK);
        Array.ForEach(both, answer => answer.Dispose());
    }

    [Fact]
    public async Task A_forgotten_password_is_chosen_anew_by_mail_and_everybody_is_signed_out_everywhere()
    {
        await using var other = await fixture.StartAsync();
        var person = await Person.RegisterAsync(Gateway);
        Assert.Equal(HttpStatusCode.OK, await person.StatusAsync(other));
        using var asked = await Gateway.SendAsync("POST", "/api/v1/auth/forgot-password", key: null, new { email = person.Email.ToUpperInvariant() });
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        var token = await fixture.TokenFromMailAsync(person.Email, Choose);
        Assert.InRange((TimeSpan)(await fixture.SqlAsync($"select expires_at - now() from mailed_tokens where account_id = '{person.Id}' and purpose = 'reset_password'"))!, TimeSpan.FromMinutes(50), TimeSpan.FromMinutes(61));

        using var weak = await Gateway.SendAsync("POST", "/api/v1/auth/reset-password", key: null, new { token, newPassword = "weak" });
        Assert.NotNull((await Answers.IsProblemAsync(weak, 400))["errors"]!["newPassword"]);
        using var done = await Gateway.SendAsync("POST", "/api/v1/auth/reset-password", key: null, new { token, newPassword = "Newer-Password-2" });
        Assert.Equal(HttpStatusCode.NoContent, done.StatusCode);

        Assert.Equal(HttpStatusCode.Unauthorized, await person.StatusAsync(Gateway));
        await Wait.UntilAsync(async () => await person.StatusAsync(other) == HttpStatusCode.Unauthorized, AccountsFixture.Soon, "signed out there too", TestContext.Current.CancellationToken);
        using var refresh = await Gateway.SendAsync("POST", "/api/v1/auth/refresh", key: null, new { refreshToken = person.RefreshToken });
        await Answers.IsProblemAsync(refresh, 401);
        using var again = await Gateway.SendAsync("POST", "/api/v1/auth/reset-password", key: null, new { token, newPassword = "Newer-Password-3" });
        await Answers.IsProblemAsync(again, 400, "account.invalid_token");
        using var old = await Person.TryAsync(Gateway.Http, person.Email, Person.Right);
        await Answers.IsProblemAsync(old, 401);
        // Whoever reads the mails of an address has verified it.
        Assert.True(await IsVerifiedAsync(Gateway, await person.LogInAsync(Gateway, "Newer-Password-2")));
    }

    [Fact]
    public async Task The_page_for_a_new_password_asks_again_where_it_is_too_weak()
    {
        var person = await Person.RegisterAsync(Gateway);
        using var asked = await Gateway.SendAsync("POST", "/api/v1/auth/forgot-password", key: null, new { email = person.Email });
        var token = await fixture.TokenFromMailAsync(person.Email, Choose);
        using var page = await Gateway.GetAsync($"/api/v1/auth/reset-password?token={token}", key: null);
        Assert.Contains(token, await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using var weak = await Gateway.SendAsync("POST", "/api/v1/auth/reset-password/form", key: null, Form(("token", token), ("newPassword", "weak")));
        Assert.Equal(HttpStatusCode.BadRequest, weak.StatusCode);
        using var done = await Gateway.SendAsync("POST", "/api/v1/auth/reset-password/form", key: null, Form(("token", token), ("newPassword", "Newer-Password-2")));
        Assert.Equal(HttpStatusCode.OK, done.StatusCode);
        await person.LogInAsync(Gateway, "Newer-Password-2");
    }

    [Fact]
    public async Task Nobody_learns_which_addresses_have_accounts_and_no_box_is_filled()
    {
        var (person, nobody) = (await Person.RegisterAsync(Gateway), Person.NewEmail("nobody"));
        var texts = new HashSet<string>();

        foreach (var path in new[] { "forgot-password", "resend-verification" })
        {
            foreach (var email in new[] { person.Email, nobody, person.Email, nobody })
            {
                using var answer = await Gateway.SendAsync("POST", $"/api/v1/auth/{path}", key: null, new { email });
                Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
                texts.Add(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            }
        }

        Assert.Single(texts);
        await fixture.TokenFromMailAsync(person.Email, Choose);
        await fixture.MailAsync(person.Email, Confirm);
        Assert.Equal(2, (await fixture.MailsAsync(person.Email)).Count);
        await Wait.UntilAsync(
            async () => (long)(await fixture.SqlAsync($"select count(*) from account_mails where email_key = '{nobody}' and status = 'dropped'"))! == 2,
            TimeSpan.FromSeconds(60), "what was for nobody was dropped", TestContext.Current.CancellationToken);
        Assert.Empty(await fixture.MailsAsync(nobody));
        using var wrong = await Gateway.SendAsync("POST", "/api/v1/auth/forgot-password", key: null, new { email = "no-address" });
        await Answers.IsProblemAsync(wrong, 400, message: "Invalid email");
    }

    [Fact]
    public async Task A_link_for_a_new_password_is_worth_nothing_once_the_password_was_changed()
    {
        var person = await Person.RegisterAsync(Gateway);
        using var asked = await Gateway.SendAsync("POST", "/api/v1/auth/forgot-password", key: null, new { email = person.Email });
        var token = await fixture.TokenFromMailAsync(person.Email, Choose);
        using var changed = await person.SendAsync(Gateway, "POST", "/api/v1/auth/change-password", new { currentPassword = Person.Right, newPassword = "Newer-Password-2" });
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        using var reset = await Gateway.SendAsync("POST", "/api/v1/auth/reset-password", key: null, new { token, newPassword = "Newer-Password-3" });
        await Answers.IsProblemAsync(reset, 400, "account.invalid_token");
    }

    [Fact]
    public async Task An_address_is_written_to_five_times_a_day_about_one_thing()
    {
        var email = Person.NewEmail("flooded");

        for (var i = 0; i < 7; i++)
        {
            using var asked = await Gateway.SendAsync("POST", "/api/v1/auth/forgot-password", key: null, new { email });
            Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
            await fixture.SqlAsync($"update account_mails set created_at = created_at - interval '2 minutes', status = 'sent', settled_at = now() where email_key = '{email}'");
        }

        Assert.Equal(5L, await fixture.SqlAsync($"select count(*) from account_mails where email_key = '{email}'"));
        using var another = await Gateway.SendAsync("POST", "/api/v1/auth/resend-verification", key: null, new { email });
        Assert.Equal(6L, await fixture.SqlAsync($"select count(*) from account_mails where email_key = '{email}'"));
        await fixture.SqlAsync($"update account_mails set created_at = created_at - interval '1 day' where email_key = '{email}'");
        using var tomorrow = await Gateway.SendAsync("POST", "/api/v1/auth/forgot-password", key: null, new { email });
        Assert.Equal(7L, await fixture.SqlAsync($"select count(*) from account_mails where email_key = '{email}'"));
    }

    [Theory]
    [InlineData("verify-email")]
    [InlineData("reset-password")]
    public async Task What_no_page_of_ours_sends_is_refused_and_breaks_nothing(string page)
    {
        foreach (var type in new[] { "multipart/form-data", "multipart/form-data; boundary=x", "application/json", "text/plain", "no type at all" })
        {
            using var content = new StringContent("token=x");
            content.Headers.Remove("Content-Type");
            content.Headers.TryAddWithoutValidation("Content-Type", type);
            using var answer = await Gateway.SendAsync("POST", $"/api/v1/auth/{page}/form", key: null, content);
            Assert.Equal((type, HttpStatusCode.UnsupportedMediaType), (type, answer.StatusCode));
        }

        foreach (var body in new[] { string.Concat(Enumerable.Repeat("a&", 1_300)), "token=%", "&&&", new string('x', 3_000), new string('x', 10_000), "" })
        {
            using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/x-www-form-urlencoded");
            using var answer = await Gateway.SendAsync("POST", $"/api/v1/auth/{page}/form", key: null, content);
            Assert.Equal((body, HttpStatusCode.BadRequest), (body, answer.StatusCode));
        }
    }

    private static FormUrlEncodedContent Form(params (string Name, string Value)[] fields) => new(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));

    private async Task<bool> IsVerifiedAsync(RunningGateway gateway, Person person)
    {
        using var answer = await person.SendAsync(gateway, "GET", "/api/v1/bookings");
        using var verifier = new IdentityTokenVerifier(fixture.PublicKey, TimeProvider.System);
        return verifier.Verify((await Echo.OfAsync(answer)).Headers["x-coworking-identity"])!.EmailVerified;
    }
}
