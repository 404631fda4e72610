using System.Globalization;

namespace Coworking.Reservations.OfficeHours;

/// <summary>The hours in which a space is meant to be used, in a zone of their own.</summary>
internal sealed class SpaceHours
{
    private SpaceHours()
    {
    }

    public Guid Id { get; private init; }

    public Guid SpaceId { get; private init; }

    public TimeOnly OpenTime { get; private set; } = new(9, 0);

    public TimeOnly CloseTime { get; private set; } = new(18, 0);

    public string Timezone { get; private set; } = "";

    /// <summary>ISO days, 1 is Monday, ascending.</summary>
    public int[] WorkDays { get; private set; } = [1, 2, 3, 4, 5];

    public DateTimeOffset CreatedAt { get; private init; }

    public DateTimeOffset UpdatedAt { get; private set; }

    /// <summary>The hours a space has before anybody says otherwise: 09:00 to 18:00, Monday to Friday.</summary>
    internal static SpaceHours Usual(Guid spaceId, string timezone, DateTimeOffset now) =>
        new() { Id = Guid.CreateVersion7(now), SpaceId = spaceId, Timezone = timezone, CreatedAt = now, UpdatedAt = now };

    internal void Change(TimeOnly open, TimeOnly close, string timezone, int[] workDays, DateTimeOffset now) =>
        (OpenTime, CloseTime, Timezone, WorkDays, UpdatedAt) = (open, close, timezone, workDays, now);

    /// <summary>The hours as they travel.</summary>
    internal Contracts.OfficeHours Facts() => new(Text(OpenTime), Text(CloseTime), Timezone, WorkDays);

    internal static string Text(TimeOnly time) => time.ToString("HH:mm", CultureInfo.InvariantCulture);
}
