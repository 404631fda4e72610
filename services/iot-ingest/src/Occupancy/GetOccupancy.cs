using Coworking.Contracts;
using Coworking.Hosting.Http;
using Coworking.IotIngest.Spaces;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.IotIngest.Occupancy;

/// <summary>GET /iot/spaces/:id/occupancy: what was said last, and on what it rests.</summary>
internal static class GetOccupancy
{
    internal sealed record Row(Guid SpaceId, Guid LocationId, string State, DateTimeOffset? Since, int? HeadCount, long Version, OccupancyEvidence Evidence);

    internal static async Task<Results<Ok<Row>, ProblemHttpResult>> Handle(RouteId id, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        // People come and go without a change of state: the newest judged sample says how many there are.
        await using var command = database.CreateCommand($"""
            select s.location_id, case when o.state <> 'unknown' then st.occupancy end, case when st.occupancy is not null then st.latest_at end, {OccupancyStates.Columns}
            from spaces s
            left join occupancy_states o on o.space_key = s.key
            left join space_states st on st.space_key = s.key
            where s.id = $1 and not s.removed
            """);
        command.Parameters.Add(new() { Value = id.Value });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        if (!await reader.ReadAsync(cancellationToken))
        {
            return SpaceRefusals.NotFound.ToProblem();
        }

        var said = reader.IsDBNull(3) ? SpaceOccupancy.Nothing : OccupancyStates.Read(reader, 3);
        int? people = reader.IsDBNull(1) ? said.HeadCount : reader.GetInt32(1);
        DateTimeOffset? newest = reader.IsDBNull(2) ? null : reader.GetFieldValue<DateTimeOffset>(2);
        var evidence = said.Evidence with { LastSampleAt = newest is null || said.Evidence.LastSampleAt > newest ? said.Evidence.LastSampleAt : newest };
        return TypedResults.Ok(new Row(id, reader.GetGuid(0), SpaceOccupancy.Word(said.State), said.Since, people, said.Version, evidence));
    }
}
