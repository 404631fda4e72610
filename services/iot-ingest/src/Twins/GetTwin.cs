using Coworking.Contracts;
using Coworking.Hosting.Http;
using Coworking.IotIngest.Spaces;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.IotIngest.Twins;

/// <summary>GET /iot/spaces/:id/twin: both halves, null where nothing is known.</summary>
internal static class GetTwin
{
    internal sealed record Row(Guid? Id, Guid SpaceId, TwinDesired? Desired, long DesiredVersion, DateTimeOffset? UpdatedAt, bool Published, TwinReported? Reported, long ReportedVersion)
    {
        public static Row Of(Twin twin) => new(
            twin.Id, twin.SpaceId, twin.Desired, twin.DesiredVersion, twin.DesiredAt, twin.PublishedVersion == twin.DesiredVersion, twin.Reported, twin.ReportedVersion);
    }

    internal static async Task<Results<Ok<Row>, ProblemHttpResult>> Handle(RouteId id, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);

        if (!await SpaceQueries.ExistsAsync(connection, id, cancellationToken))
        {
            return SpaceRefusals.NotFound.ToProblem();
        }

        var twin = await Twin.FindAsync(connection, id, forUpdate: false, cancellationToken);
        return TypedResults.Ok(twin is null ? new Row(null, id, null, 0, null, true, null, 0) : Row.Of(twin));
    }
}
