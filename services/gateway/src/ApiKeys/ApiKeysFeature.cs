using Coworking.Gateway.Access;

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
        var keys = app.MapGroup("/api/v1/api-keys").WithMetadata(RouteAccess.Admin);
        keys.MapGet("", ListApiKeys.Handle);
        keys.MapGet("/{id}", ListApiKeys.HandleOne);
        keys.MapPost("", CreateApiKey.Handle);
        keys.MapPatch("/{id}", ChangeApiKey.Handle);
        keys.MapPost("/{id}/rotate", RotateApiKey.Handle);
        keys.MapDelete("/{id}", RevokeApiKey.Handle);
    }
}
