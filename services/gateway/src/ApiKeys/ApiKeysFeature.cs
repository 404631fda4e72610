using Coworking.Gateway.Access;
using Coworking.Hosting.OpenApi;

namespace Coworking.Gateway.ApiKeys;

/// <summary>/api/v1/api-keys, for ADMIN.</summary>
internal static class ApiKeysFeature
{
    internal static void AddApiKeys(this IServiceCollection services)
    {
        services.AddSingleton<KeyStore>();
        services.AddSingleton<KeyBuckets>();
        services.AddSingleton<KeyRing>();
        services.AddHostedService<LastUseWriter>();
    }

    internal static void MapApiKeys(this IEndpointRouteBuilder app)
    {
        var keys = app.MapGroup("/api/v1/api-keys").WithMetadata(RouteAccess.Admin).WithTags("API keys");
        keys.MapGet("", ListApiKeys.Handle).Described(ApiKeysDescribed.List);
        keys.MapGet("/{id}", ListApiKeys.HandleOne).Described(ApiKeysDescribed.Get);
        keys.MapPost("", CreateApiKey.Handle).Described(ApiKeysDescribed.Create);
        keys.MapPatch("/{id}", ChangeApiKey.Handle).Described(ApiKeysDescribed.Change);
        keys.MapPost("/{id}/rotate", RotateApiKey.Handle).Described(ApiKeysDescribed.Rotate);
        keys.MapDelete("/{id}", RevokeApiKey.Handle).Described(ApiKeysDescribed.Revoke);
        app.MapPost("/api/v1/auth/validate", ValidateKey.Handle).WithMetadata(RouteAccess.Optional).WithTags("Accounts").Described(ApiKeysDescribed.Validate).Produces<ValidateKey.Answer>();
    }
}
