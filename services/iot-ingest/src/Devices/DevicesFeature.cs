using Coworking.Hosting.Identity;
using Coworking.Hosting.OpenApi;
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
        var read = api.MapGroup("/devices").WithTags("Devices").RequireAuthorization(policy => policy.RequireRole(Roles.Admin, Roles.Technician));
        read.MapGet("", ListDevices.Handle).Described(DevicesDescribed.List);
        read.MapGet("/{id}", GetDevice.Handle).Described(DevicesDescribed.Get);
        var change = api.MapGroup("/devices").WithTags("Devices").RequireAuthorization(policy => policy.RequireRole(Roles.Admin, Roles.Technician)).AddEndpointFilter(BrokerAway.AnswerAsync);
        change.MapPost("", RegisterDevice.Handle).Described(DevicesDescribed.Register);
        change.MapPatch("/{id}", ChangeDevice.Handle).Described(DevicesDescribed.Change);
        change.MapPost("/{id}/rotate-key", RotateKey.Handle).Described(DevicesDescribed.Rotate);
        change.MapDelete("/{id}", RemoveDevice.Handle).Described(DevicesDescribed.Remove);
        // The device's key is judged here: the gateway passes it on and vouches for nobody.
        api.MapPost("/readings/devices/{serial}/readings", PostReadings.Handle).AllowAnonymous()
            .WithMetadata(new RequestSizeLimitAttribute(ReadingsBody.MaxBytes))
            .Described(DevicesDescribed.Readings).TakesBody(typeof(DeviceReading), typeof(List<DeviceReading>)).WithTags("Readings");
    }
}
