using Coworking.Gateway.Http;
using Coworking.Hosting.Http;

namespace Coworking.Gateway.Accounts;

/// <summary>What the fields of an account must be like.</summary>
internal static class AccountFields
{
    internal const int MaxEmail = 254;
    internal const int MaxName = 100;
    internal const int MaxPhone = 32;

    /// <summary>An address that mail servers take, as it was written.</summary>
    internal static string Email(this Fields fields, string? value)
    {
        var email = value?.Trim() ?? "";
        fields.Require(EmailAddress.IsValid(email), "email", "Invalid email: email must be an e-mail address");
        return email;
    }

    internal static string NewPassword(this Fields fields, string field, string? value)
    {
        fields.Require(Passwords.IsStrong(value), field, $"{field} {Passwords.Rule}");
        return value ?? "";
    }

    /// <summary>A password that somebody has, which rules of today need not fit.</summary>
    internal static string Password(this Fields fields, string field, string? value)
    {
        fields.Require(value is { Length: >= 1 and <= Passwords.MaxLength }, field, $"{field} must have 1 to {Passwords.MaxLength} characters");
        return value ?? "";
    }

    /// <summary>Digits as people write them; null where absent or blank.</summary>
    internal static string? Phone(this Fields fields, string? value)
    {
        var phone = value?.Trim();

        if (string.IsNullOrEmpty(phone))
        {
            return null;
        }

        fields.Require(
            phone.Length <= MaxPhone && phone.All(c => char.IsAsciiDigit(c) || c is '+' or '-' or '(' or ')' or ' ' or '.') && phone.Count(char.IsAsciiDigit) is >= 5 and <= 15,
            "phoneNumber",
            "phoneNumber must be a phone number of 5 to 15 digits");
        return phone;
    }
}
