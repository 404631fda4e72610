using System.Net;
using Coworking.Hosting.Identity;
using Coworking.Hosting.OpenApi;
using Coworking.Reservations.Idempotency;
using Coworking.Reservations.Notifications;
using Coworking.Reservations.Webhooks.Deliveries;

namespace Coworking.Reservations.Webhooks;

/// <summary>The addresses of webhooks, and the worker that calls them.</summary>
internal static class WebhooksFeature
{
    internal static void AddWebhooks(this IServiceCollection services, IHostEnvironment environment)
    {
        services.AddOptions<WebhookOptions>()
            .Configure(options => options.AllowPrivateTargets = environment.IsDevelopment())
            .BindConfiguration("Webhooks")
            .ValidateDataAnnotations()
            .Validate(options => environment.IsDevelopment() || !options.AllowPrivateTargets, "Webhooks:AllowPrivateTargets is for Development only")
            .ValidateOnStart();
        services.AddSingleton<LookUp>(LookUpAsync);
        services.AddSingleton<SafeTargets>();
        services.AddSingleton<WebhookSender>();
        services.AddSingleton<NoticesSpread>(QueueForSubscribers.Handle);
        services.AddSingleton<WebhookCourier>();
        services.AddHostedService(provider => provider.GetRequiredService<WebhookCourier>());
    }

    // Asked without waiting, the runtime still waits for the resolver, on one of the threads that everybody shares: some names whose servers are silent would stop the service.
    private static Task<IPAddress[]> LookUpAsync(string host, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(() => Dns.GetHostAddresses(host), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).WaitAsync(cancellationToken);

    internal static void MapWebhooks(this IEndpointRouteBuilder api)
    {
        var webhooks = api.MapGroup("/webhooks").WithTags("Webhooks").AdminOnly();
        webhooks.MapPost("", RegisterWebhook.Handle).Described(WebhooksDescribed.Register).AnswersASecret();
        webhooks.MapGet("", ListWebhooks.Handle).Described(WebhooksDescribed.List);
        webhooks.MapGet("/{id}", GetWebhook.Handle).Described(WebhooksDescribed.Get);
        webhooks.MapPatch("/{id}", ChangeWebhook.Handle).Described(WebhooksDescribed.Change);
        webhooks.MapDelete("/{id}", RemoveWebhook.Handle).Described(WebhooksDescribed.Remove);
        webhooks.MapPost("/{id}/rotate-secret", RotateSecret.Handle).Described(WebhooksDescribed.Rotate).AnswersASecret();
        webhooks.MapPost("/{id}/test", TestWebhook.Handle).Described(WebhooksDescribed.Test).CallsOutside();
        webhooks.MapGet("/{id}/deliveries", ListDeliveries.Handle).Described(WebhooksDescribed.Deliveries);
        webhooks.MapPost("/{id}/deliveries/{deliveryId}/replay", ReplayDelivery.Handle).Described(WebhooksDescribed.Replay);
    }
}
