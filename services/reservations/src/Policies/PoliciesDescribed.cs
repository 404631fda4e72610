using Coworking.Hosting.OpenApi;

namespace Coworking.Reservations.Policies;

/// <summary>What the document says of policies.</summary>
internal static class PoliciesDescribed
{
    private const string Members = """{"weeklyLimit":5,"minMinutes":30,"requiresApproval":true}""";

    internal static Operation Get(PolicyScope scope) => new($"Reads the booking rules of a {scope.Of}")
    {
        Id = $"Get{Name(scope)}Policy",
        Description = "What it says of its own, and what holds.",
        Gives = Example(scope),
        AnswersETag = true,
        Refuses = [PolicyRefusals.NotFound(scope)],
    };

    internal static Operation Set(PolicyScope scope) => new($"Sets the booking rules of a {scope.Of}")
    {
        Id = $"Set{Name(scope)}Policy",
        Description = "Replaces what it says of its own: an absent member inherits, null lifts a limit. Bookings that are there stay as they are.",
        Takes = Members,
        Gives = Example(scope),
        AnswersETag = true,
        TakesIfMatch = true,
        Refuses = [PolicyRefusals.NotFound(scope), PolicyRefusals.Stale(3)],
    };

    private static string Name(PolicyScope scope) => scope == PolicyScope.Location ? "Location" : "Space";

    private static string Example(PolicyScope scope) => $$"""
        {"of":"{{scope.Of}}","id":"{{(scope == PolicyScope.Location ? "cfaa672e-cf6e-4192-8736-254ca954928c" : "b6194839-7438-4587-a52e-eeef27d00282")}}","version":3,
        "own":{{Members}},"effective":{"weeklyLimit":5,"minMinutes":30,"maxMinutes":null,"slotStepMinutes":null,"leadMinutes":null,"horizonDays":null,
        "openHoursEnforced":false,"closedDays":[{"date":"2099-12-25","name":"Christmas"}],"maxPerDay":null,"cancelUntilMinutes":null,
        "checkIn":{"required":false,"openMinutesBefore":10,"graceMinutes":10},"requiresApproval":true,"version":3},"updatedAt":"2099-01-02T10:00:00.000Z"}
        """;
}
