using Coworking.Hosting.OpenApi;
using Coworking.IotIngest.Spaces;

namespace Coworking.IotIngest.Dashboard;

/// <summary>What the document says of the dashboard.</summary>
internal static class DashboardDescribed
{
    private const string Latest = """
        {"spaceId":"b6194839-7438-4587-a52e-eeef27d00282","locationId":"cfaa672e-cf6e-4192-8736-254ca954928c","name":"Sala Azul","at":"2026-01-31T09:00:00.000Z","ageSec":4,"stale":false,"tempC":22.4,
        "humidityPct":45,"co2Ppm":640,"occupancy":4,"powerW":120,"batteryPct":null,"powerOk":null,"doorOpen":null}
        """;

    private const string Counts = """
        "devices":{"online":1,"offline":0},"openAlerts":{"total":1,"byKind":{"CO2":1},"bySeverity":{"warning":1}}
        """;

    private static readonly Field Location = Field.Uuid("locationId", "Only of this location");

    internal static readonly Operation Board = new("Reads what a person at the desk wants to know in one look")
    {
        Description = "Locations by name, each as bad as its worst space; a space with an open alert is in ALARM.",
        Gives = $$$"""
            {"at":"2026-01-31T09:00:00.000Z","status":"ALARM","spaces":1,{{{Counts}}},"messages":{"accepted":6,"rejected":0},"locations":[{"id":"cfaa672e-cf6e-4192-8736-254ca954928c",
            "name":"Torre de Innovación Norte","status":"ALARM",{{{Counts}}},"spaces":[{"id":"b6194839-7438-4587-a52e-eeef27d00282","name":"Sala Azul","status":"ALARM",{{{Counts}}},
            "latestAt":"2026-01-31T09:00:00.000Z","stale":false}]}]}
            """,
        Refuses = [LocationRefusals.NotFound],
        Query = [Location],
    };

    internal static readonly Operation List = new("Lists the newest reading of every space, by name")
    {
        Description = "A space that never spoke is there, with nulls.",
        Gives = $$$"""{"data":[{{{Latest}}}],"meta":{"page":1,"pageSize":10,"total":1,"totalPages":1}}""",
        Refuses = [LocationRefusals.NotFound],
        Query = [Location],
    };

    internal static readonly Operation OfSpace = new("Reads the newest reading of a space, with its age") { Gives = Latest, Refuses = [SpaceRefusals.NotFound] };
}
