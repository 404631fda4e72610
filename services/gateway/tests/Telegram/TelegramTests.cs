using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Coworking.Gateway.Tests.Accounts;
using Coworking.Gateway.Tests.Running;

namespace Coworking.Gateway.Tests.Telegram;

/// <summary>What Telegram sends is made here as its pages describe it, and not by the code under test.</summary>
public sealed class TelegramTests(AccountsFixture fixture)
{
    private static long _ids = 5_000_000_000;

    private RunningGateway Gateway => fixture.Gateway;

    private static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    [Fact]
    public async Task The_login_widget_makes_an_account_once_and_then_opens_it()
    {
        var id = NextId();
        var first = await Person.JsonAsync(await WidgetAsync(Widget(id)), HttpStatusCode.OK);
        var second = await Person.JsonAsync(await WidgetAsync(Widget(id)), HttpStatusCode.OK);
        var user = first.GetProperty("user");
        Assert.Equal(user.GetProperty("id").GetGuid(), second.GetProperty("user").GetProperty("id").GetGuid());
        Assert.Equal(("Ana", "CUSTOMER", true, JsonValueKind.Null), (user.GetProperty("firstName").GetString(), user.GetProperty("role").GetString(), user.GetProperty("telegramLinked").GetBoolean(), user.GetProperty("email").ValueKind));
        Assert.Equal(HttpStatusCode.OK, await Person.Of("", "", first).StatusAsync(Gateway));
    }

    [Fact]
    public async Task Many_first_sign_ins_at_once_make_one_account()
    {
        var id = NextId();
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => WidgetAsync(Widget(id))));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(1L, await fixture.SqlAsync($"select count(*) from accounts where telegram_id = {id}"));
        Array.ForEach(answers, answer => answer.Dispose());
    }

    [Fact]
    public async Task A_widget_answer_that_was_changed_cut_or_kept_too_long_is_refused()
    {
        var good = Widget(NextId());
        await RefusedAsync(With(good, "id", 7L));
        await RefusedAsync(With(good, "first_name", "Eve"));
        await RefusedAsync(With(good, "extra", "field"));
        await RefusedAsync(With(good, "username", null));
        await RefusedAsync(With(good, "hash", null));
        await RefusedAsync(With(good, "hash", ""));
        await RefusedAsync(With(good, "hash", new string('0', 64)));
        await RefusedAsync(With(good, "hash", new string('g', 64)));
        await RefusedAsync(With(good, "hash", (string)good["hash"] + "00"));
        await RefusedAsync(Signed(Fields(NextId(), Now - 301)));
        await RefusedAsync(Signed(Fields(NextId(), Now + 120)));
        await RefusedAsync(Signed(With(Fields(NextId(), Now), "auth_date", null)));
        await RefusedAsync(Signed(With(Fields(NextId(), Now), "auth_date", "yesterday")));
        await RefusedAsync(Signed(With(Fields(NextId(), Now), "id", "no-number")));
        await RefusedAsync(Signed(With(Fields(NextId(), Now), "id", -5L)));
        await RefusedAsync(Signed(Fields(NextId(), Now), "123456:another-bot"));
        // Signed in the order in which they stand and not in that of their names.
        await RefusedAsync(Signed(Fields(NextId(), Now), sort: false));
        // By the secret of the other way in.
        await RefusedAsync(Signed(Fields(NextId(), Now), secret: MiniAppSecret));
        using var ok = await WidgetAsync(Signed(Fields(NextId(), Now - 290)));
        Assert.Equal(HttpStatusCode.OK, ok.StatusCode);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("{\"id\":{},\"auth_date\":1,\"hash\":\"x\"}")]
    [InlineData("{\"id\":1e400,\"auth_date\":1,\"hash\":\"x\"}")]
    [InlineData("{\"id\":\"\\ud800\",\"auth_date\":1,\"hash\":\"x\"}")]
    [InlineData("{\"\\udc00\":1,\"auth_date\":1,\"hash\":\"x\"}")]
    public async Task What_is_no_widget_answer_is_refused_and_breaks_nothing(string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await Gateway.SendAsync("POST", "/api/v1/auth/telegram", key: null, content);
        await Answers.IsProblemAsync(answer, 401, "telegram.invalid");
    }

    [Fact]
    public async Task A_field_that_comes_twice_is_refused_though_one_of_both_was_signed()
    {
        var good = Widget(NextId());
        var body = JsonSerializer.Serialize(good);
        using var content = new StringContent(body.Replace("\"id\":", "\"id\":7,\"id\":", StringComparison.Ordinal), Encoding.UTF8, "application/json");
        using var widget = await Gateway.SendAsync("POST", "/api/v1/auth/telegram", key: null, content);
        await Answers.IsProblemAsync(widget, 401, "telegram.invalid");
        using var app = await MiniAppAsync(InitData(NextId(), Now) + "&user=%7B%22id%22%3A7%7D");
        await Answers.IsProblemAsync(app, 401, "telegram.invalid");
    }

    [Fact]
    public async Task A_mini_app_opens_the_same_account_for_a_day()
    {
        var id = NextId();
        var byWidget = await Person.JsonAsync(await WidgetAsync(Widget(id)), HttpStatusCode.OK);
        var byApp = await Person.JsonAsync(await MiniAppAsync(InitData(id, Now - (23 * 3600))), HttpStatusCode.OK);
        Assert.Equal(byWidget.GetProperty("user").GetProperty("id").GetGuid(), byApp.GetProperty("user").GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task InitData_that_was_changed_or_kept_too_long_is_refused()
    {
        var good = InitData(NextId(), Now);

        foreach (var bad in new[]
        {
            good.Replace("Ana", "Eve", StringComparison.Ordinal), good + "&extra=1", good.Replace("query_id", "query_ix", StringComparison.Ordinal), good[..^1], "hash=", "a", "&&&", "%", new string('x', 9000),
            good.Replace("hash=", "hash=00", StringComparison.Ordinal), InitData(NextId(), Now - (24 * 3600) - 10), InitData(NextId(), Now + 120), InitData(NextId(), Now, secret: WidgetSecret(AccountsFixture.BotToken)),
            InitData(NextId(), Now, user: "no json"), InitData(NextId(), Now, user: "[]"), InitData(NextId(), Now, user: "{\"id\":\"x\"}"), InitData(NextId(), Now, user: "{\"id\":1,\"first_name\":\"\\ud800\"}"), InitData(NextId(), Now, user: "{}"),
        })
        {
            using var answer = await MiniAppAsync(bad);
            await Answers.IsProblemAsync(answer, 401, "telegram.invalid");
        }

        using var missing = await MiniAppAsync(null);
        Assert.NotNull((await Answers.IsProblemAsync(missing, 400))["errors"]!["initData"]);
    }

    [Fact]
    public async Task Without_a_bot_nothing_is_valid()
    {
        await using var gateway = await fixture.StartAsync("--Telegram:BotToken=");
        using var widget = await gateway.SendAsync("POST", "/api/v1/auth/telegram", key: null, Signed(Fields(NextId(), Now), botToken: ""));
        await Answers.IsProblemAsync(widget, 503, "telegram.not_configured");
        using var app = await gateway.SendAsync("POST", "/api/v1/auth/telegram/mini-app", key: null, new { initData = InitData(NextId(), Now) });
        await Answers.IsProblemAsync(app, 503, "telegram.not_configured");
    }

    private static byte[] MiniAppSecret => HMACSHA256.HashData(Encoding.UTF8.GetBytes("WebAppData"), Encoding.UTF8.GetBytes(AccountsFixture.BotToken));

    private static byte[] WidgetSecret(string botToken) => SHA256.HashData(Encoding.UTF8.GetBytes(botToken));

    internal static long NextId() => Interlocked.Increment(ref _ids);

    internal static Dictionary<string, object> Widget(long id) => Signed(Fields(id, Now));

    private static Dictionary<string, object> Fields(long id, long at) => new()
    {
        ["id"] = id,
        ["username"] = "ana_1",
        ["first_name"] = "Ana",
        ["auth_date"] = at,
        ["photo_url"] = "https://t.me/i/userpic/320/ana.jpg?a=1&b=2",
    };

    private static Dictionary<string, object> Signed(Dictionary<string, object> fields, string botToken = AccountsFixture.BotToken, bool sort = true, byte[]? secret = null)
    {
        var lines = fields.Select(field => string.Create(CultureInfo.InvariantCulture, $"{field.Key}={field.Value}")).ToList();

        if (sort)
        {
            lines.Sort(StringComparer.Ordinal);
        }

        return new(fields) { ["hash"] = Convert.ToHexStringLower(HMACSHA256.HashData(secret ?? WidgetSecret(botToken), Encoding.UTF8.GetBytes(string.Join('\n', lines)))) };
    }

    private static string InitData(long id, long at, byte[]? secret = null, string? user = null)
    {
        var fields = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["auth_date"] = at.ToString(CultureInfo.InvariantCulture),
            ["query_id"] = "AAF1 x+y",
            ["user"] = user ?? JsonSerializer.Serialize(new { id, first_name = "Ana", last_name = "Pérez & Co", is_premium = true, allows_write_to_pm = true }),
            ["signature"] = "made-by-telegram-for-others",
        };
        var hash = Convert.ToHexStringLower(HMACSHA256.HashData(secret ?? MiniAppSecret, Encoding.UTF8.GetBytes(string.Join('\n', fields.Select(field => $"{field.Key}={field.Value}")))));
        // In another order than they are signed in, as Telegram sends them.
        return string.Join('&', fields.Reverse().Append(new("hash", hash)).Select(field => $"{field.Key}={Uri.EscapeDataString(field.Value)}"));
    }

    private static Dictionary<string, object> With(Dictionary<string, object> fields, string key, object? value)
    {
        var changed = new Dictionary<string, object>(fields);
        changed.Remove(key);

        if (value is not null)
        {
            changed[key] = value;
        }

        return changed;
    }

    private async Task RefusedAsync(Dictionary<string, object> fields)
    {
        using var answer = await WidgetAsync(fields);
        await Answers.IsProblemAsync(answer, 401, "telegram.invalid");
    }

    private Task<HttpResponseMessage> WidgetAsync(Dictionary<string, object> fields) => Gateway.SendAsync("POST", "/api/v1/auth/telegram", key: null, fields);

    private Task<HttpResponseMessage> MiniAppAsync(string? initData) => Gateway.SendAsync("POST", "/api/v1/auth/telegram/mini-app", key: null, new { initData });
}
