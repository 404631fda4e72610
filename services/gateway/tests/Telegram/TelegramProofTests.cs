using System.Text.Json;
using Coworking.Gateway.Telegram;

namespace Coworking.Gateway.Tests.Telegram;

/// <summary>Vectors that another program made (Python's hmac and hashlib), by the algorithm as Telegram publishes it.</summary>
public sealed class TelegramProofTests
{
    private const string Token = "123456:a-bot-of-nobody";

    private const string Widget = """
        {"id":279058397,"first_name":"Ana","last_name":"P\u00e9rez & Co","username":"ana_1","photo_url":"https:\/\/t.me\/i\/userpic\/320\/ana.jpg","auth_date":1700000000,
        "hash":"df54253849b7e2e18db080e151bc41b72d23481d469b955c66d3fad1fe3916d2"}
        """;

    private const string InitData =
        "query_id=AAHdF6IQAAAAAN0XohDhrOrc&user=%7B%22id%22%3A279058397%2C%22first_name%22%3A%22Ana%22%2C%22last_name%22%3A%22P%C3%A9rez+%26+Co%22%2C%22language_code%22%3A%22es%22%7D&auth_date=1700000000&signature=c2lnbmVk"
        + "&hash=4d8038f041a0bab0c0a618435daefaf09b471e06184bc26b5f58d66cb14d7384";

    private static readonly DateTimeOffset SignedAt = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    [Fact]
    public void A_widget_answer_of_the_published_algorithm_is_good_for_five_minutes_and_its_bot()
    {
        using var body = JsonDocument.Parse(Widget);
        var fields = TelegramUser.WidgetFields(body.RootElement)!;

        Assert.True(TelegramProof.IsWidget(fields, Token, SignedAt));
        Assert.True(TelegramProof.IsWidget(fields, Token, SignedAt.AddMinutes(5)));
        Assert.False(TelegramProof.IsWidget(fields, Token, SignedAt.AddSeconds(301)));
        Assert.False(TelegramProof.IsWidget(fields, Token + "x", SignedAt));
        Assert.False(TelegramProof.IsMiniApp(fields, Token, SignedAt));
        Assert.Equal(new TelegramUser(279058397, "Ana", "Pérez & Co"), TelegramUser.OfWidget(fields));
    }

    [Fact]
    public void InitData_of_the_published_algorithm_is_good_for_a_day_and_its_bot()
    {
        var fields = TelegramUser.MiniAppFields(InitData)!;

        Assert.True(TelegramProof.IsMiniApp(fields, Token, SignedAt));
        Assert.True(TelegramProof.IsMiniApp(fields, Token, SignedAt.AddHours(24)));
        Assert.False(TelegramProof.IsMiniApp(fields, Token, SignedAt.AddHours(24).AddSeconds(1)));
        Assert.False(TelegramProof.IsMiniApp(fields, Token + "x", SignedAt));
        Assert.False(TelegramProof.IsWidget(fields, Token, SignedAt));
        Assert.Equal(new TelegramUser(279058397, "Ana", "Pérez & Co"), TelegramUser.OfMiniApp(fields));
    }
}
