namespace Coworking.Gateway.Accounts;

/// <summary>An account as answers show it.</summary>
internal sealed record AccountRow(
    Guid Id,
    string? Email,
    string FirstName,
    string LastName,
    string? PhoneNumber,
    string Role,
    bool EmailVerified,
    bool TelegramLinked,
    bool Disabled,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt)
{
    internal static AccountRow Of(Account account) => new(
        account.Id,
        account.Email,
        account.FirstName,
        account.LastName,
        account.PhoneNumber,
        account.Role,
        account.EmailVerifiedAt is not null,
        account.TelegramId is not null,
        account.DisabledAt is not null,
        account.CreatedAt,
        account.UpdatedAt);
}
