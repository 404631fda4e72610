using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;

namespace Coworking.Gateway.Accounts;

/// <summary>A person who signs in, by e-mail and password, by Telegram, or by either.</summary>
internal sealed class Account
{
    public Guid Id { get; private init; }

    public string? Email { get; private init; }

    /// <summary>What two spellings of an address have in common.</summary>
    public string? EmailKey { get; private init; }

    public string? PasswordHash { get; private set; }

    public string FirstName { get; private init; } = "";

    public string LastName { get; private init; } = "";

    public string? PhoneNumber { get; private init; }

    public string Role { get; private set; } = "";

    public long? TelegramId { get; private set; }

    public DateTimeOffset? EmailVerifiedAt { get; private set; }

    public DateTimeOffset? DisabledAt { get; private set; }

    public bool IsDemo { get; private init; }

    public DateTimeOffset CreatedAt { get; private init; }

    public DateTimeOffset UpdatedAt { get; private set; }

    internal static Account Register(string email, string passwordHash, string firstName, string lastName, string? phoneNumber, string role, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now),
        Email = email,
        EmailKey = EmailAddress.Key(email),
        PasswordHash = passwordHash,
        FirstName = firstName,
        LastName = lastName,
        PhoneNumber = phoneNumber,
        Role = role,
        CreatedAt = now,
        UpdatedAt = now,
    };

    /// <summary>Of somebody whom Telegram vouches for: without address, and so without bookings until there is one.</summary>
    internal static Account OfTelegram(long telegramId, string firstName, string lastName, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now),
        TelegramId = telegramId,
        FirstName = firstName,
        LastName = lastName,
        Role = Roles.Customer,
        CreatedAt = now,
        UpdatedAt = now,
    };

    /// <summary>Nobody has proved that the address is his: whoever reads its mails may still take it.</summary>
    internal bool IsUnclaimed => EmailVerifiedAt is null && DisabledAt is null && Role == Roles.Customer;

    /// <summary>A link with Telegram from before the proof is nobody's who is known: it goes.</summary>
    internal void VerifyEmail(DateTimeOffset now) => (TelegramId, EmailVerifiedAt, UpdatedAt) = (EmailVerifiedAt is null ? null : TelegramId, EmailVerifiedAt ?? now, now);

    internal void SetPassword(string hash, DateTimeOffset now) => (PasswordHash, UpdatedAt) = (hash, now);

    internal void Link(long telegramId, DateTimeOffset now) => (TelegramId, UpdatedAt) = (telegramId, now);

    internal void Unlink(DateTimeOffset now) => (TelegramId, UpdatedAt) = (null, now);

    internal void GiveRole(string role, DateTimeOffset now) => (Role, UpdatedAt) = (role, now);

    internal void Disable(bool disabled, DateTimeOffset now) => (DisabledAt, UpdatedAt) = (disabled ? DisabledAt ?? now : null, now);
}
