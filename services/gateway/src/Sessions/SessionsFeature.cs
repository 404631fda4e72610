using Coworking.Gateway.Access;
using Coworking.Gateway.Http;
using Coworking.Hosting.OpenApi;

namespace Coworking.Gateway.Sessions;

/// <summary>/api/v1/auth, as far as it is about sessions, and the keys that their tokens are signed by.</summary>
internal static class SessionsFeature
{
    internal static void AddSessions(this IServiceCollection services, TokenOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<SigningKeys>();
        services.AddSingleton<AccessTokenForm>();
        services.AddSingleton<SessionStore>();
        services.AddSingleton<AccessTokens>();
        services.AddSingleton<StreamTickets>();
        services.AddSingleton<SignIn>();
        services.AddSingleton<ForgetOldSessions>();
        services.AddHostedService(provider => provider.GetRequiredService<ForgetOldSessions>());
    }

    internal static void MapSessions(this IEndpointRouteBuilder app)
    {
        app.MapGet("/.well-known/jwks.json", PublishKeys.Handle).WithMetadata(RouteAccess.Public, new AcceptedAnswers.Given("application/json", "application/jwk-set+json")).WithTags("Accounts").Described(SessionsDescribed.Keys).Produces<PublishKeys.KeySet>();
        var auth = app.MapGroup("/api/v1/auth").WithTags("Accounts");
        auth.MapPost("/refresh", RefreshSession.Handle).Described(SessionsDescribed.Refresh).Produces<SignedInAnswer>().WithMetadata(RouteAccess.Public);
        auth.MapPost("/logout", LogOut.Handle).Described(SessionsDescribed.LogOut).Produces(StatusCodes.Status204NoContent).WithMetadata(RouteAccess.Optional);
        auth.MapPost("/stream-ticket", IssueStreamTicket.Handle).Described(SessionsDescribed.Ticket).Produces<IssueStreamTicket.Answer>(StatusCodes.Status201Created).WithMetadata(RouteAccess.Account);
    }
}
