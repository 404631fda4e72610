using Coworking.Hosting.Problems;

namespace Coworking.Gateway.Telegram;

/// <summary>Every "no" about signing in by Telegram.</summary>
internal static class TelegramRefusals
{
    internal static readonly Refusal NotConfigured = new(StatusCodes.Status503ServiceUnavailable, "telegram.not_configured", "Signing in by Telegram is not set up here");
    internal static readonly Refusal Invalid = new(StatusCodes.Status401Unauthorized, "telegram.invalid", "Telegram did not sign this, or too long ago");
    internal static readonly Refusal LinkedAlready = new(StatusCodes.Status409Conflict, "telegram.linked_already", "This account is linked to another Telegram user; unlink that one first");
    internal static readonly Refusal OnlyWayIn = new(StatusCodes.Status409Conflict, "telegram.only_way_in", "This account has no e-mail; nobody could sign in to it without Telegram");
    internal static readonly Refusal LinkedElsewhere = new(StatusCodes.Status409Conflict, "telegram.linked", "This Telegram user is linked to another account");
}
