using System.Net;
using System.Net.Http.Headers;
using Coworking.Gateway.Tests.Accounts;
using Coworking.Gateway.Tests.Running;

namespace Coworking.Gateway.Tests.Telegram;

public sealed class LinkingTests(AccountsFixture fixture)
{
    private RunningGateway Gateway => fixture.Gateway;

    [Fact]
    public async Task Whoever_is_signed_in_links_Telegram_to_his_account_and_an_empty_one_goes()
    {
        var (id, person) = (TelegramTests.NextId(), await VerifiedAsync());
        var shell = await Person.JsonAsync(await WidgetAsync(TelegramTests.Widget(id)), HttpStatusCode.OK);
        var linked = await Person.JsonAsync(await WidgetAsync(TelegramTests.Widget(id), person.AccessToken), HttpStatusCode.OK);
        Assert.True(linked.GetProperty("telegramLinked").GetBoolean());
        Assert.Equal(person.Id, (await Person.JsonAsync(await WidgetAsync(TelegramTests.Widget(id)), HttpStatusCode.OK)).GetProperty("user").GetProperty("id").GetGuid());
        Assert.Equal(HttpStatusCode.Unauthorized, await Person.Of("", "", shell).StatusAsync(Gateway));

        using var taken = await WidgetAsync(TelegramTests.Widget(id), (await VerifiedAsync()).AccessToken);
        await Answers.IsProblemAsync(taken, 409, "telegram.linked");
        using var expired = await WidgetAsync(TelegramTests.Widget(TelegramTests.NextId()), "x.y.z");
        await Answers.IsProblemAsync(expired, 401, "auth.invalid_token");
    }

    [Fact]
    public async Task Only_an_account_whose_address_is_verified_is_linked_and_no_link_is_replaced_in_silence()
    {
        var (id, other, person) = (TelegramTests.NextId(), TelegramTests.NextId(), await Person.RegisterAsync(Gateway));
        using var early = await WidgetAsync(TelegramTests.Widget(id), person.AccessToken);
        await Answers.IsProblemAsync(early, 409, "account.email_not_verified");
        await fixture.SqlAsync($"update accounts set email_verified_at = now() where id = '{person.Id}'");

        foreach (var _ in new[] { "new", "the same" })
        {
            Assert.True((await Person.JsonAsync(await WidgetAsync(TelegramTests.Widget(id), person.AccessToken), HttpStatusCode.OK)).GetProperty("telegramLinked").GetBoolean());
        }

        using var replaced = await WidgetAsync(TelegramTests.Widget(other), person.AccessToken);
        await Answers.IsProblemAsync(replaced, 409, "telegram.linked_already");
        Assert.Equal(id, await fixture.SqlAsync($"select telegram_id from accounts where id = '{person.Id}'"));

        foreach (var _ in new[] { "linked", "not linked" })
        {
            using var unlinked = await person.SendAsync(Gateway, "DELETE", "/api/v1/auth/telegram");
            Assert.Equal(HttpStatusCode.NoContent, unlinked.StatusCode);
        }

        Assert.NotEqual(person.Id, (await Person.JsonAsync(await WidgetAsync(TelegramTests.Widget(id)), HttpStatusCode.OK)).GetProperty("user").GetProperty("id").GetGuid());
        using var next = await WidgetAsync(TelegramTests.Widget(other), person.AccessToken);
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    [Fact]
    public async Task Telegram_is_not_taken_from_an_account_that_has_no_other_way_in_and_nobody_else_takes_it()
    {
        var only = Person.Of("", "", await Person.JsonAsync(await WidgetAsync(TelegramTests.Widget(TelegramTests.NextId())), HttpStatusCode.OK));
        using var locked = await only.SendAsync(Gateway, "DELETE", "/api/v1/auth/telegram");
        await Answers.IsProblemAsync(locked, 409, "telegram.only_way_in");
        using var key = await Gateway.SendAsync("DELETE", "/api/v1/auth/telegram");
        await Answers.IsProblemAsync(key, 403);
        using var nobody = await Gateway.SendAsync("DELETE", "/api/v1/auth/telegram", key: null);
        await Answers.IsProblemAsync(nobody, 401);
    }

    [Fact]
    public async Task A_password_that_was_chosen_anew_by_mail_leaves_no_Telegram_way_in()
    {
        var (id, person) = (TelegramTests.NextId(), await VerifiedAsync());
        using var linked = await WidgetAsync(TelegramTests.Widget(id), person.AccessToken);
        Assert.Equal(HttpStatusCode.OK, linked.StatusCode);
        using var asked = await Gateway.SendAsync("POST", "/api/v1/auth/forgot-password", key: null, new { email = person.Email });
        var token = await fixture.TokenFromMailAsync(person.Email, "Choose a new password");
        using var done = await Gateway.SendAsync("POST", "/api/v1/auth/reset-password", key: null, new { token, newPassword = "Newer-Password-2" });
        Assert.Equal(HttpStatusCode.NoContent, done.StatusCode);
        Assert.NotEqual(person.Id, (await Person.JsonAsync(await WidgetAsync(TelegramTests.Widget(id)), HttpStatusCode.OK)).GetProperty("user").GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task A_link_from_before_the_address_was_verified_goes_when_it_is()
    {
        var (id, person) = (TelegramTests.NextId(), await Person.RegisterAsync(Gateway));
        await fixture.SqlAsync($"update accounts set telegram_id = {id} where id = '{person.Id}'");
        var token = await fixture.TokenFromMailAsync(person.Email, "Confirm your e-mail address");
        using var verified = await Gateway.SendAsync("POST", "/api/v1/auth/verify-email", key: null, new { token });
        Assert.False((await Person.JsonAsync(verified, HttpStatusCode.OK)).GetProperty("telegramLinked").GetBoolean());
    }

    [Theory]
    [InlineData("disabled_at = now()")]
    [InlineData("role = 'RECEPTION'")]
    public async Task An_account_by_Telegram_that_was_shut_or_works_here_is_no_shell_and_stays(string change)
    {
        var (id, person) = (TelegramTests.NextId(), await VerifiedAsync());
        var shell = Person.Of("", "", await Person.JsonAsync(await WidgetAsync(TelegramTests.Widget(id)), HttpStatusCode.OK));
        await fixture.SqlAsync($"update accounts set {change} where id = '{shell.Id}'");
        using var taken = await WidgetAsync(TelegramTests.Widget(id), person.AccessToken);
        await Answers.IsProblemAsync(taken, 409, "telegram.linked");
        Assert.Equal(1L, await fixture.SqlAsync($"select count(*) from accounts where id = '{shell.Id}'"));
    }

    private async Task<Person> VerifiedAsync()
    {
        var person = await Person.RegisterAsync(Gateway);
        await fixture.SqlAsync($"update accounts set email_verified_at = now() where id = '{person.Id}'");
        return person;
    }

    private Task<HttpResponseMessage> WidgetAsync(Dictionary<string, object> fields, string? accessToken = null) => Gateway.SendAsync(
        "POST", "/api/v1/auth/telegram", key: null, fields, request => request.Headers.Authorization = accessToken is null ? null : new AuthenticationHeaderValue("Bearer", accessToken));
}
