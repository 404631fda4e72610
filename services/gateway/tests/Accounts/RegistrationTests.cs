using System.Net;
using System.Text.Json;
using Coworking.Gateway.Tests.Running;
using Coworking.Hosting.Identity;

namespace Coworking.Gateway.Tests.Accounts;

public sealed class RegistrationTests(AccountsFixture fixture)
{
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
}
