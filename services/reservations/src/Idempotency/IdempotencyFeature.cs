namespace Coworking.Reservations.Idempotency;

/// <summary>Requests that are done once.</summary>
internal static class IdempotencyFeature
{
    internal static void AddIdempotency(this IServiceCollection services)
    {
        services.AddSingleton<ForgetOldKeys>();
        services.AddHostedService(provider => provider.GetRequiredService<ForgetOldKeys>());
    }

    /// <summary>Put behind authentication: a key is its caller's own.</summary>
    internal static void UseIdempotency(this IApplicationBuilder app) => app.UseMiddleware<DoneOnce>();

    /// <summary>The route tells a secret: its answers are never kept, and an Idempotency-Key means nothing there.</summary>
    internal static TBuilder AnswersASecret<TBuilder>(this TBuilder route)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new DoneOnce.Never());

    /// <summary>The route calls somebody outside, which no transaction undoes and none may wait for: an Idempotency-Key means nothing there.</summary>
    internal static TBuilder CallsOutside<TBuilder>(this TBuilder route)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new DoneOnce.Never());
}
