using Coworking.Hosting.OpenApi;
using Coworking.Hosting.Problems;
using Coworking.IotIngest.Spaces;

namespace Coworking.IotIngest.Reports;

/// <summary>What the document says of reports.</summary>
internal static class ReportsDescribed
{
    private const string Members = """
        "id":"019b0c2e-7d31-7c51-8f0e-3d2a8f7b6c13","locationId":"cfaa672e-cf6e-4192-8736-254ca954928c","day":"2026-01-30","createdAt":"2026-01-31T07:00:00.000Z"
        """;

    internal static readonly Operation Climate = new("Reports the climate of a space by local days, both inclusive")
    {
        Description = "At most 92 days. JSON, or CSV where Accept names text/csv. The share within limits counts whole minutes, by the limits that are in force now.",
        Gives = """
            {"spaceId":"b6194839-7438-4587-a52e-eeef27d00282","name":"Sala Azul","timezone":"America/Mexico_City","days":[{"day":"2026-01-30","sampleCount":8640,"coverage":1,
            "metrics":{"tempC":{"min":21.5,"max":24.1,"avg":22.4,"shareWithin":null},"co2Ppm":{"min":420,"max":1240,"avg":610,"shareWithin":0.97}},
            "alerts":[{"id":"019b0c2e-7d31-7c51-8f0e-3d2a8f7b6c10","kind":"CO2","severity":"warning","startedAt":"2026-01-30T09:05:00.000Z","resolvedAt":"2026-01-30T09:20:00.000Z",
            "resolution":"back_to_normal","durationSec":900,"note":null}]}]}
            """,
        Refuses = [Refusal.Field("from", "from is required: a date, e.g. 2026-01-31"), SpaceRefusals.NotFound],
        Query = [Field.Uuid("spaceId", "The space").Required(), Field.Day("from", "The first day").Required(), Field.Day("to", "The last day").Required()],
    };

    internal static readonly Operation ListDaily = new("Lists the stored daily reports, the newest day first, without their content")
    {
        Gives = $$$"""{"data":[{{{{Members}}}}],"meta":{"page":1,"pageSize":10,"total":1,"totalPages":1}}""",
        Query = [Field.Uuid("locationId", "Only of this location")],
    };

    internal static readonly Operation GetDaily = new("Reads a stored daily report, as it was made")
    {
        Gives = $$$"""{{{{Members}}},"report":{"spaces":[]}}""",
        Refuses = [GetDailyReport.NotFound],
    };
}
