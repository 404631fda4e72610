using Coworking.Hosting.Identity;
using Microsoft.AspNetCore.Mvc;

namespace Coworking.IotIngest.Devices;

/// <summary>Registered devices: what they prove themselves by, what they may do at the broker, whether they are there, and what they send over HTTP.</summary>
internal static class DevicesFeature
{
    public static void AddDevices(this IServiceCollection services)
    {
        services.AddSingleton<DeviceDirectory>();
        services.AddHostedService(provider => provider.GetRequiredService<DeviceDirectory>());
        services.AddSingleton<BrokerControl>();
        services.AddHostedService(provider => provider.GetRequiredService<BrokerControl>());
        services.AddSingleton<BrokerAccounts>();
        services.AddHostedService<AccountsKeeper>();
        services.AddHostedService<PresenceWriter>();
        services.AddHostedService<SilenceWatch>();
        services.AddSingleton<ReadingsGate>();
        services.AddSingleton<PostReadings>();
    }

    public static void MapDevices(this IEndpointRouteBuilder api)
    {
        // Whoever installs devices makes their keys.
        var read = api.MapGroup("/devices").RequireAuthorization(policy => policy.RequireRole(Roles.Admin, Roles.Technician));
        read.MapGet("", ListDevices.Handle);
        read.MapGet("/{id}", GetDevice.Handle);
        var change = api.MapGroup("/devices").RequireAuthorization(policy => policy.RequireRole(Roles.Admin, Roles.Technician)).AddEndpointFilter(BrokerAway.AnswerAsync);
        change.MapPost("", RegisterDevice.Handle);
        change.MapPatch("/{id}", ChangeDevice.Handle);
        change.MapPost("/{id}/rotate-key", RotateKey.Handle);
        change.MapDelete("/{id}", RemoveDevice.Handle);
        // The device's key is judged here: the gateway passes it on and vouches for nobody.
        api.MapPost("/readings/devices/{serial}/readings", PostReadings.Handle).AllowAnonymous()
            .WithMetadata(new RequestSizeLimitAttribute(ReadingsBody.MaxBytes));
    }
}
