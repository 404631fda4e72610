using Coworking.Hosting.Problems;

namespace Coworking.Gateway.Sessions;

/// <summary>Every "no" about sessions.</summary>
internal static class SessionRefusals
{
    internal static readonly Refusal InvalidRefreshToken = new(StatusCodes.Status401Unauthorized, "auth.invalid_refresh_token", "Invalid refresh token; sign in again");
    internal static readonly Refusal Reused = new(StatusCodes.Status401Unauthorized, "auth.refresh_token_reused", "This refresh token was used before, so its session has been ended; sign in again");
    internal static readonly Refusal TooManyTickets = new(StatusCodes.Status429TooManyRequests, "auth.too_many_tickets", "This session has too many unused tickets; use one or wait half a minute");
}
