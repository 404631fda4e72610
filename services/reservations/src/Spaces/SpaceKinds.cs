namespace Coworking.Reservations.Spaces;

/// <summary>What a space can be.</summary>
internal static class SpaceKinds
{
    internal const string MeetingRoom = "meeting_room";
    internal const string Pantry = "pantry";
    internal const string ServerRoom = "server_room";

    internal static readonly string[] All = [MeetingRoom, "private_office", "hot_desk", "phone_booth", "studio", Pantry, ServerRoom, "other"];

    /// <summary>True for a room that is monitored and that nobody can book.</summary>
    internal static bool IsMonitoredOnly(string? kind) => kind is Pantry or ServerRoom;
}
