using Coworking.Hosting.Problems;

namespace Coworking.Reservations.Policies;

/// <summary>Every "no" about policies.</summary>
internal static class PolicyRefusals
{
    internal static Refusal NotFound(PolicyScope scope) => scope == PolicyScope.Location
        ? new Refusal(StatusCodes.Status404NotFound, "location.not_found", "Location not found")
        : new Refusal(StatusCodes.Status404NotFound, "space.not_found", "Space not found");

    internal static Refusal Stale(int version) =>
        new(StatusCodes.Status412PreconditionFailed, "policy.stale", $"The policy has changed since you read it; its version is {version}");
}
