namespace Coworking.IotIngest.Rollups;

/// <summary>Hours and local days, so that long stretches answer from few rows.</summary>
internal static class RollupsFeature
{
    public static void AddRollups(this IServiceCollection services) => services.AddHostedService<RollupKeeper>();
}
