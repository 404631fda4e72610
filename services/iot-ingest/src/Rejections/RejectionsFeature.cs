using Coworking.Hosting.Identity;
using Coworking.Hosting.OpenApi;
using Coworking.IotIngest.Readings;

namespace Coworking.IotIngest.Rejections;

/// <summary>What was not taken, for whoever mends the device.</summary>
internal static class RejectionsFeature
{
    private static readonly Operation Rejected = new("Lists what devices sent that was not taken, and why, the newest first")
    {
        Description = "Of more than 10,000 no more are counted.",
        Gives = """
            {"data":[{"id":17,"receivedAt":"2026-01-31T09:00:00.000Z","topic":"sites/cfaa672e-cf6e-4192-8736-254ca954928c/offices/b6194839-7438-4587-a52e-eeef27d00282/telemetry","reason":"no_metric",
            "detail":"the payload has no metric","payload":"{\"ts\":\"2026-01-31T09:00:00Z\"}"}],"meta":{"page":1,"pageSize":10,"total":1,"totalPages":1}}
            """,
        Query = [Field.Word("reason", Rejection.Reasons, "Only for this reason")],
    };

    public static void AddRejections(this IServiceCollection services) => services.AddHostedService<Redrive>();

    public static void MapRejections(this IEndpointRouteBuilder api) => api.MapGet("/iot/rejected", ListRejected.Handle).Described(Rejected).WithTags("Telemetry").AdminOnly();
}
