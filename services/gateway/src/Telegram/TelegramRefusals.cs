using Coworking.Hosting.Problems;

namespace Coworking.Gateway.Telegram;

/// <summary>Every "no" about signing in by Telegram.</summary>
internal static class TelegramRefusals
{
    internal static readonly Refusal NotConfigured = new(StatusCodes.Status503ServiceUnavailable, "telegram.not_configured", "Signing in by Telegram is not set up here");
    internal static readonly Refusal Invalid = new(StatusCodes.Status401Unauthorized, "telegram.invalid", "Telegram did not sign this, or too long ago");
    internal static readonly Refusal LinkedElsewhere = new(StatusCodes.Status409Conflict, "telegram.linked", "This Telegram user is linked to another account");
}
