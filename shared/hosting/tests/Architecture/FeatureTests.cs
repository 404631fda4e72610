using System.Reflection;

namespace Coworking.Hosting.Tests.Architecture;

/// <summary>A feature folder keeps to itself: another feature's use cases are never called, and what else it takes from another is named here with its reason.</summary>
public sealed class FeatureTests
{
    // Rooms of a service that every feature may use, and that may use features.
    private static readonly string[] Shared = ["", "Http", "Messaging", "Database", "Demo"];

    // The order of the service's building, and demo data that goes the way of a client.
    private static readonly string[] MayCallUseCases = ["", "Demo"];

    // Service: from -> to, with the reason; * is any feature.
    private static readonly Dictionary<string, string> Known = new()
    {
        ["Gateway: Access -> ApiKeys"] = "the gate asks the key ring",
        ["Gateway: Access -> Sessions"] = "likewise the access tokens, and the tickets of streams",
        ["Gateway: Accounts -> Sessions"] = "who proves a password is signed in, and who changes it is signed out everywhere",
        ["Gateway: Sessions -> Accounts"] = "a session is an account's, and is answered with it",
        ["Gateway: Telegram -> Accounts"] = "whom Telegram vouches for is an account",
        ["Gateway: Telegram -> Sessions"] = "and is signed in",
        ["Gateway: * -> Limits"] = "whoever is known carries what he may",
        ["Gateway: Proxying -> Transport"] = "what is passed on stays on the loop of its client",
        ["Gateway: Limits -> ApiKeys"] = "a device's key is counted by its hash, as keys are found",
        ["Gateway: * -> Access"] = "who may use a route is said where the route is mapped",
        ["IotIngest: Ingest -> *"] = "the hot path is one line through the rooms that own its memory",
        ["IotIngest: Partitions -> Ingest"] = "a partition's connection feeds the line",
        ["IotIngest: Partitions -> Devices"] = "a partition is read only once the devices are known",
        ["IotIngest: Devices -> Ingest"] = "readings over HTTP go the way of those over MQTT",
        ["IotIngest: * -> Readings"] = "reading, metric and rejection are the words of all that judges readings",
        ["IotIngest: * -> Spaces"] = "the one memory of known spaces",
        ["IotIngest: * -> Live"] = "what a transaction says to the stream commits with it",
        ["IotIngest: Spaces -> Alerts"] = "a space carries the rules by which it is judged",
        ["IotIngest: Rejections -> Ingest"] = "what is taken in again goes the way of the first time",
        ["IotIngest: Twins -> Alerts"] = "a twin that differs for too long is an alert",
        ["IotIngest: Maintenance -> Twins"] = "what is kept for how long is said where it is written",
        ["IotIngest: Twins -> Ingest"] = "the desired topic is built where topics are read",
        ["IotIngest: Windows -> Rollups"] = "a series is merged from windows, hours and days by the one statement that keeps them",
        ["IotIngest: Reports -> Windows"] = "a climate report is made of a series of local days",
        ["Reservations: Bookings -> Spaces"] = "named step: a space that moves takes its bookings along",
        ["Reservations: Bookings -> Locations"] = "named step: bookings count for the week on the clock of their location, and follow it where it is set right",
        ["Reservations: Availability -> Bookings"] = "free is what booking accepts: the same spaces, rules and states",
        ["Reservations: Availability -> Policies"] = "the limits of a policy, turned around so that times come out of them",
        ["Reservations: CalendarFeeds -> Bookings"] = "the states of a booking, and whose bookings a caller may see",
        ["Reservations: CalendarFeeds -> Spaces"] = "a space is given an address of its calendar under its lock",
        ["Reservations: * -> Idempotency"] = "a route that answers a secret says so where it is mapped; placing a booking takes its key along",
        ["Reservations: * -> Calendars"] = "mails and feeds say bookings in the same text",
        ["Reservations: Bookings -> Policies"] = "a booking is judged by the policy of its space",
        ["Reservations: CheckIns -> Bookings"] = "checking in, release and completion are moves of a booking, made at the desk",
        ["Reservations: CheckIns -> Policies"] = "window and grace are the policy's",
        ["Reservations: CheckIns -> Occupancies"] = "what is known of the people in a space decides about who did not come",
        ["Reservations: Notifications -> Bookings"] = "the step of a booking's change, and what its statuses mean",
        ["Reservations: Notifications -> CheckIns"] = "named step: reception is told of a booking that it should look at",
        ["Reservations: Notifications -> Waitlist"] = "named step: who is offered a place is told of it",
        ["Reservations: Webhooks -> Notifications"] = "deliveries are made of notices, and climb the same ladder",
        ["Reservations: Series -> Bookings"] = "the dates of a series are bookings, placed and changed at their desk",
        ["Reservations: Waitlist -> Bookings"] = "named step: what a change of a booking frees is held for who waits",
        ["Reservations: Waitlist -> Spaces"] = "a space that is waited for must be there and be bookable",
        ["Reservations: Waitlist -> Locations"] = "likewise the location",
        ["Reservations: Waitlist -> Policies"] = "a hold begins on the step of its space",
        ["Reservations: Locations -> Spaces"] = "a change of a location's zone is said for each of its spaces",
        ["Reservations: Spaces -> Locations"] = "a space is registered in a location, under its lock",
        ["Reservations: Spaces -> OfficeHours"] = "a space is answered with its hours",
        ["Reservations: OfficeHours -> Spaces"] = "hours are the space's, and change its version",
        ["Reservations: OfficeHours -> Locations"] = "hours without a zone take the location's",
    };

    [Fact]
    public void A_use_case_is_called_by_nobody_outside_its_feature()
    {
        var useCases = Code.Types.Where(type => Code.Services.Contains(type.Assembly.GetName().Name) && type.GetMethod("Handle", BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public) is not null).ToHashSet();
        Assert.True(useCases.Count > 10, $"Only {useCases.Count} use cases were found");
        ShapeTests.Nothing(
            Uses().Where(use => Feature(use.From) != Feature(use.To) && useCases.Contains(use.To) && !MayCallUseCases.Contains(Feature(use.From))).Select(use => $"{use.From.FullName} -> {use.To.FullName}"),
            "calls another feature's use case");
    }

    [Fact]
    public void A_feature_takes_from_another_only_what_is_named_here()
    {
        var edges = Uses()
            .Where(use => Feature(use.From) != Feature(use.To) && !Shared.Contains(Feature(use.From)) && !Shared.Contains(Feature(use.To)))
            .GroupBy(use => (Service: use.From.Assembly.GetName().Name!["Coworking.".Length..], From: Feature(use.From), To: Feature(use.To)))
            .ToDictionary(edge => edge.Key, edge => edge.Select(use => $"{use.From.Name} uses {use.To.Name}").Distinct().Order(StringComparer.Ordinal));
        Assert.True(Code.Types.Count(type => !Shared.Contains(Feature(type))) > 30, "Too few types lie in feature folders");

        var named = edges.Keys.ToDictionary(edge => edge, edge => new[] { $"{edge.Service}: {edge.From} -> {edge.To}", $"{edge.Service}: {edge.From} -> *", $"{edge.Service}: * -> {edge.To}" });
        ShapeTests.Nothing(
            edges.Where(edge => !named[edge.Key].Any(Known.ContainsKey)).Select(edge => $"{named[edge.Key][0]} ({string.Join("; ", edge.Value)})"),
            "reaches into another feature; join in SQL, move the step, or name it in this test with its reason");
        ShapeTests.Nothing(Known.Keys.Except(named.Values.SelectMany(names => names)), "is named here and no longer true");
    }

    private static IEnumerable<(Type From, Type To)> Uses()
    {
        foreach (var type in Code.Types.Where(type => type.DeclaringType is null && Code.Services.Contains(type.Assembly.GetName().Name)))
        {
            foreach (var used in TypeUse.Of(type).Where(used => used.Assembly == type.Assembly && Code.IsWritten(used)))
            {
                yield return (type, used);
            }
        }
    }

    /// <summary>The folder of a service in which a type lies; empty for its root.</summary>
    private static string Feature(Type type)
    {
        var parts = (type.Namespace ?? "").Split('.');
        return parts.Length > 2 ? parts[2] : "";
    }
}
