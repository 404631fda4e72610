namespace Coworking.Contracts;

/// <summary>The hours in which a space is meant to be used. Carried in <see cref="SpaceChanged"/>; owned by reservations.</summary>
/// <param name="OpenTime">Local wall time "HH:mm" at which the space opens (inclusive).</param>
/// <param name="CloseTime">Local wall time "HH:mm" at which it closes (exclusive). Before the opening time: the range runs over midnight. Equal: round the clock.</param>
/// <param name="Timezone">IANA zone in which both times are read.</param>
/// <param name="WorkDays">ISO days on which the space opens: 1 is Monday, 7 is Sunday.</param>
public sealed record OfficeHours(string OpenTime, string CloseTime, string Timezone, IReadOnlyList<int> WorkDays);
