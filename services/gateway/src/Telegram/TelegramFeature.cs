using Coworking.Gateway.Access;

namespace Coworking.Gateway.Telegram;

/// <summary>/api/v1/auth/telegram.</summary>
internal static class TelegramFeature
{
    internal static void AddTelegram(this IServiceCollection services, TelegramOptions options) => services.AddSingleton(options);

    internal static void MapTelegram(this IEndpointRouteBuilder app)
    {
        var telegram = app.MapGroup("/api/v1/auth/telegram").WithMetadata(RouteAccess.Optional);
        telegram.MapPost("", SignInByTelegram.Widget);
        telegram.MapPost("/mini-app", SignInByTelegram.MiniApp);
    }
}
