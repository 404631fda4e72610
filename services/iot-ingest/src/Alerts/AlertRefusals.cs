using Coworking.Hosting.Identity;
using Coworking.Hosting.Json;
using Coworking.Hosting.Problems;

namespace Coworking.IotIngest.Alerts;

internal static class AlertRefusals
{
    public static readonly Refusal NotFound = new(StatusCodes.Status404NotFound, "alert.not_found", "Alert not found");

    private static readonly Refusal NotForCustomers =
        new(StatusCodes.Status403Forbidden, "auth.forbidden", "Alerts are acknowledged and resolved by staff and by client applications");

    public static Refusal AlreadyResolved(Alert alert) =>
        new(StatusCodes.Status409Conflict, "alert.resolved", $"The alert was resolved at {InstantConverter.Text(alert.ResolvedAt!.Value)}");

    /// <summary>Keys stand for applications that are trusted and accounts of staff for staff; a client of the house has no say in its alarms.</summary>
    public static Refusal? Of(Caller caller) => caller.Role == Roles.Customer ? NotForCustomers : null;
}
