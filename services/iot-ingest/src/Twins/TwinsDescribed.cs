using Coworking.Hosting.OpenApi;
using Coworking.IotIngest.Spaces;

namespace Coworking.IotIngest.Twins;

/// <summary>What the document says of twins.</summary>
internal static class TwinsDescribed
{
    private const string Halves = """
        "desired":{"samplingIntervalSec":10,"co2AlertThreshold":1000},
        "reported":{"samplingIntervalSec":10,"co2AlertThreshold":900,"firmwareVersion":"1.0.0","reportedAt":"2026-01-31T09:00:01.000Z"},
        "delta":{"co2AlertThreshold":{"desired":1000,"reported":900}},"status":"pending","since":"2026-01-31T09:00:00.000Z"
        """;

    internal static readonly Operation Get = new("Reads the digital twin of a space")
    {
        Description = "What its device should do and what it says it does; null where nothing is known.",
        Gives = $$$"""
            {"id":"019b0c2e-7d31-7c51-8f0e-3d2a8f7b6c11","spaceId":"b6194839-7438-4587-a52e-eeef27d00282","desiredVersion":3,"updatedAt":"2026-01-31T09:00:00.000Z","published":true,"reportedVersion":2,{{{Halves}}}}
            """,
        Refuses = [SpaceRefusals.NotFound],
        AnswersETag = true,
    };

    internal static readonly Operation History = new("Lists what was asked of a space's device and what it said, the newest first")
    {
        Gives = """
            {"data":[{"id":17,"kind":"desired","version":3,"payload":{"samplingIntervalSec":10,"co2AlertThreshold":1000},"at":"2026-01-31T09:00:00.000Z","by":"ana@example.com",
            "receivedAt":"2026-01-31T09:00:00.000Z","current":true}],"meta":{"page":1,"pageSize":10,"total":1,"totalPages":1}}
            """,
        Refuses = [SpaceRefusals.NotFound],
    };

    internal static readonly Operation Set = new("Says what a space's device should do from now on")
    {
        Description = "A member that is not named stays as it is. The broker keeps it for a device that is away.",
        Takes = """{"samplingIntervalSec":10,"co2AlertThreshold":1000}""",
        Gives = $$$"""
            {"id":"019b0c2e-7d31-7c51-8f0e-3d2a8f7b6c11","spaceId":"b6194839-7438-4587-a52e-eeef27d00282","samplingIntervalSec":10,"co2AlertThreshold":1000,"updatedAt":"2026-01-31T09:00:00.000Z",
            "version":3,"published":false,{{{Halves}}}}
            """,
        Refuses = [SpaceRefusals.NotFound, TwinRefusals.VersionStale(3)],
        AnswersETag = true,
        TakesIfMatch = true,
    };
}
