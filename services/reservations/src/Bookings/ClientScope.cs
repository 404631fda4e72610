using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;

namespace Coworking.Reservations.Bookings;

/// <summary>Whose bookings a caller may touch: everybody's, or for a CUSTOMER those of its own verified e-mail.</summary>
/// <param name="ClientKey">The only client whose bookings it may touch; empty: nobody's; null: everybody's.</param>
internal readonly record struct ClientScope(string? ClientKey)
{
    internal static ClientScope Of(Caller caller) =>
        new(caller.Role != Roles.Customer ? null : caller is { EmailVerified: true, Email: { } email } ? EmailAddress.Key(email) : "");

    internal bool Covers(string clientEmail) => ClientKey is null || ClientKey == EmailAddress.Key(clientEmail);
}
