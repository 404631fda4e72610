namespace Coworking.Gateway.Telegram;

/// <summary>Settings of the section Telegram.</summary>
/// <param name="BotToken">Telegram:BotToken, as BotFather gives it. Empty: nobody can sign in by Telegram.</param>
internal sealed record TelegramOptions(string? BotToken)
{
    internal static TelegramOptions Of(WebApplicationBuilder builder) => new(builder.Configuration["Telegram:BotToken"] is { Length: > 0 } token ? token : null);
}
