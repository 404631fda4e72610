using System.Text.Encodings.Web;
using Coworking.Hosting.Problems;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Coworking.Hosting.Identity;

/// <summary>Services answer only to the gateway: every route demands its identity token, unless it allows anonymous callers by name.</summary>
public static class GatewayIdentity
{
    /// <summary>Header that carries the token; the gateway strips it from what clients send.</summary>
    public const string Header = "X-Coworking-Identity";

    /// <summary>Name of the authentication scheme.</summary>
    public const string Scheme = "Gateway";

    /// <summary>Policy of routes that only ADMIN may use.</summary>
    public const string AdminPolicy = "Admin";

    /// <summary>Name of the policy of routes that only the desk may use: ADMIN and RECEPTION.</summary>
    public const string StaffPolicy = "Staff";

    /// <summary>Demands the gateway's token on every route.</summary>
    /// <param name="services">The container.</param>
    /// <param name="configuration">Identity:PublicKey is read once, at start.</param>
    /// <exception cref="InvalidOperationException">Identity:PublicKey is missing.</exception>
    public static IServiceCollection AddGatewayIdentity(this IServiceCollection services, IConfiguration configuration)
    {
        var publicKey = configuration["Identity:PublicKey"]
            ?? throw new InvalidOperationException("Identity:PublicKey is missing: the gateway's public key (base64 SPKI); set Identity__PublicKey");
        services.AddSingleton(provider => new IdentityTokenVerifier(publicKey, provider.GetRequiredService<TimeProvider>()));
        services.AddAuthentication(Scheme).AddScheme<AuthenticationSchemeOptions, GatewayIdentityHandler>(Scheme, configureOptions: null);
        services.AddAuthorizationBuilder()
            .AddPolicy(AdminPolicy, policy => policy.RequireRole(Roles.Admin))
            .AddPolicy(StaffPolicy, policy => policy.RequireRole(Roles.Admin, Roles.Reception))
            .SetFallbackPolicy(new AuthorizationPolicyBuilder(Scheme).RequireAuthenticatedUser().Build());
        return services;
    }

    /// <summary>Marks a route for ADMIN only: 403 for everyone else.</summary>
    public static TBuilder AdminOnly<TBuilder>(this TBuilder route)
        where TBuilder : IEndpointConventionBuilder => route.RequireAuthorization(AdminPolicy);

    /// <summary>Marks a route for ADMIN and RECEPTION: 403 for everyone else.</summary>
    public static TBuilder StaffOnly<TBuilder>(this TBuilder route)
        where TBuilder : IEndpointConventionBuilder => route.RequireAuthorization(StaffPolicy);
}

internal sealed class GatewayIdentityHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, IdentityTokenVerifier verifier)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers[GatewayIdentity.Header];

        if (header.Count == 0)
        {
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        if (header.Count > 1 || verifier.Verify(header.ToString()) is not { } caller)
        {
            return Task.FromResult(AuthenticateResult.Fail("The identity token is forged or has expired"));
        }

        Context.Features.Set(caller);
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(caller.ToPrincipal(), GatewayIdentity.Scheme)));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties) =>
        ProblemShape.WriteAsync(Context, StatusCodes.Status401Unauthorized, "auth.identity", "This service answers only to the gateway");

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        ProblemShape.WriteAsync(Context, StatusCodes.Status403Forbidden, "auth.forbidden", "This endpoint requires admin access");
}
