using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;

namespace Coworking.Reservations.Bookings;

/// <summary>Whose bookings a caller may touch: everybody's, for a CUSTOMER those of its own verified e-mail, and for a TECHNICIAN, who comes for the devices, nobody's.</summary>
/// <param name="ClientKey">The only client whose bookings it may touch; empty: nobody's; null: everybody's.</param>
internal readonly record struct ClientScope(string? ClientKey)
{
    internal static ClientScope Of(Caller caller) =>
        new(caller switch
        {
            { Role: Roles.Customer, EmailVerified: true, Email: { } email } => EmailAddress.Key(email),
            { Role: Roles.Customer or Roles.Technician } => "",
            _ => null,
        });

    internal bool Covers(string clientEmail) => ClientKey is null || ClientKey == EmailAddress.Key(clientEmail);
}
