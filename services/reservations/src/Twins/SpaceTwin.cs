using System.Text.Json;
using Coworking.Contracts;
using Coworking.Hosting.Json;
using Coworking.Reservations.Database;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Twins;

/// <summary>The twin of a space's device as iot-ingest told it last, shown with the space.</summary>
internal static class SpaceTwin
{
    /// <summary>Keeps the twin, unless what is kept is as new or newer: the bus does not promise order.</summary>
    internal static Task KeepAsync(ReservationsDb db, TwinChanged twin, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync(
            $"""
            insert into space_twins as t (space_id, desired, desired_version, reported, reported_version, version, updated_at)
            values ({twin.SpaceId}, {Json(twin.Desired)}::jsonb, {twin.DesiredVersion}, {Json(twin.Reported)}::jsonb, {twin.ReportedVersion},
                {twin.Version}, {twin.OccurredAt.ToUniversalTime()})
            on conflict (space_id) do update set desired = excluded.desired, desired_version = excluded.desired_version, reported = excluded.reported,
                reported_version = excluded.reported_version, version = excluded.version, updated_at = excluded.updated_at
            where t.version < excluded.version
            """,
            cancellationToken);

    internal static async Task<bool> AnyAsync(ReservationsDb db, CancellationToken cancellationToken) =>
        (await db.Database.SqlQuery<bool>($"""select exists (select from space_twins) as "Value" """).ToListAsync(cancellationToken)).Single();

    private static string? Json<T>(T? half) => half is null ? null : JsonSerializer.Serialize(half, JsonSetup.Wire);
}
