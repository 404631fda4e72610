using Coworking.Hosting.Json;
using Coworking.Hosting.Problems;

namespace Coworking.Reservations.CheckIns;

/// <summary>Every "no" about checking in.</summary>
internal static class CheckInRefusals
{
    internal static Refusal TooEarly(Window window) =>
        new(StatusCodes.Status409Conflict, "check_in.too_early", $"Check-in opens at {InstantConverter.Text(window.Opens)}")
        {
            Extensions = new Dictionary<string, object?> { ["opensAt"] = window.Opens, ["closesAt"] = window.End },
        };

    internal static Refusal TooLate(DateTimeOffset end) =>
        new(StatusCodes.Status409Conflict, "check_in.too_late", $"The booking ended at {InstantConverter.Text(end)}");

    internal static Refusal Ended(DateTimeOffset end) =>
        new(StatusCodes.Status409Conflict, "booking.over", $"The booking ended at {InstantConverter.Text(end)}: there is nothing left to take back");
}
