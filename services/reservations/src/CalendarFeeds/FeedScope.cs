using Coworking.Hosting.Identity;
using Coworking.Reservations.Bookings;

namespace Coworking.Reservations.CalendarFeeds;

/// <summary>Whose calendars a caller may hand out: everybody's, its own, or nobody's.</summary>
/// <param name="Bookings">Whose bookings it may touch.</param>
/// <param name="IsNobody">Neither client nor client application nor reception: calendars are no business of theirs.</param>
internal readonly record struct FeedScope(ClientScope Bookings, bool IsNobody)
{
    internal static FeedScope Of(Caller caller) =>
        new(ClientScope.Of(caller), caller.Role is not (Roles.Admin or Roles.Reception or Roles.User or Roles.Customer));

    internal bool CoversSpaces => !IsNobody && Bookings.ClientKey is null;

    internal bool Covers(string clientEmail) => !IsNobody && Bookings.Covers(clientEmail);
}
