using Coworking.Gateway.Access;
using Coworking.Gateway.Accounts;
using Coworking.Gateway.Sessions;
using Coworking.Hosting.OpenApi;
using Coworking.Hosting.Problems;

namespace Coworking.Gateway.Telegram;

/// <summary>/api/v1/auth/telegram.</summary>
internal static class TelegramFeature
{
    private const string SignsIn = "Without an access token it signs in, and registers who is new. With one it links the Telegram user to that account, whose e-mail must be verified, and answers the account.";

    private static readonly Refusal[] Refusals =
        [TelegramRefusals.Invalid, AccessRefusals.InvalidToken, AccountRefusals.Disabled, AccountRefusals.EmailNotVerified, TelegramRefusals.LinkedElsewhere, TelegramRefusals.LinkedAlready, TelegramRefusals.NotConfigured];

    private static readonly Operation Widget = new("Signs in by Telegram's login widget")
    {
        Id = "SignInByTelegramWidget",
        Description = SignsIn,
        Takes = """{"id":42,"first_name":"Ana","auth_date":4070908800,"hash":"c0ffee…"}""",
        Gives = AccountsDescribed.SignedIn,
        Refuses = Refusals,
    };

    private static readonly Operation MiniApp = new("Signs in from a Telegram mini app")
    {
        Id = "SignInByTelegramMiniApp",
        Description = SignsIn,
        Takes = """{"initData":"user=…&auth_date=4070908800&hash=c0ffee…"}""",
        Gives = AccountsDescribed.SignedIn,
        Refuses = Refusals,
    };

    private static readonly Operation Unlink = new("Unlinks Telegram from the account that is signed in")
    {
        Id = "UnlinkTelegram",
        Description = "204 also where nothing was linked. Sessions stay: changing the password ends them.",
        Security = OpenApiSetup.Bearer,
        Refuses = [AccessRefusals.AccountOnly, TelegramRefusals.OnlyWayIn],
    };

    internal static void AddTelegram(this IServiceCollection services, TelegramOptions options) => services.AddSingleton(options);

    internal static void MapTelegram(this IEndpointRouteBuilder app)
    {
        var telegram = app.MapGroup("/api/v1/auth/telegram").WithTags("Accounts");
        telegram.MapDelete("", LinkTelegram.Unlink).Described(Unlink).Produces(StatusCodes.Status204NoContent).WithMetadata(RouteAccess.Account);
        telegram.MapPost("", SignInByTelegram.Widget).Described(Widget).Produces<SignedInAnswer>().Produces<AccountRow>().WithMetadata(RouteAccess.Optional);
        telegram.MapPost("/mini-app", SignInByTelegram.MiniApp).Described(MiniApp).Produces<SignedInAnswer>().Produces<AccountRow>().WithMetadata(RouteAccess.Optional);
    }
}
