using Coworking.Reservations.Database;
using Npgsql;

namespace Coworking.Reservations.OfficeHours;

/// <summary>Office hours as clients see them.</summary>
internal sealed record OfficeHoursRow(
    Guid Id, Guid SpaceId, string OpenTime, string CloseTime, string Timezone, int[] WorkDays, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    internal const string Columns = "h.id, h.space_id, h.open_time, h.close_time, h.timezone, h.work_days, h.created_at, h.updated_at";

    internal static OfficeHoursRow Read(NpgsqlDataReader reader, int at) => new(
        reader.GetGuid(at),
        reader.GetGuid(at + 1),
        SpaceHours.Text(reader.GetFieldValue<TimeOnly>(at + 2)),
        SpaceHours.Text(reader.GetFieldValue<TimeOnly>(at + 3)),
        reader.GetString(at + 4),
        reader.GetFieldValue<int[]>(at + 5),
        reader.Instant(at + 6),
        reader.Instant(at + 7));

    internal static OfficeHoursRow Of(SpaceHours hours) => new(
        hours.Id,
        hours.SpaceId,
        SpaceHours.Text(hours.OpenTime),
        SpaceHours.Text(hours.CloseTime),
        hours.Timezone,
        hours.WorkDays,
        hours.CreatedAt,
        hours.UpdatedAt);
}
