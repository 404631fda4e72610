using Coworking.Contracts;
using Coworking.Hosting.Http;
using Coworking.IotIngest.Spaces;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.IotIngest.Twins;

/// <summary>GET /iot/spaces/:id/twin: both halves, null where nothing is known, and how they stand to one another.</summary>
internal static class GetTwin
{
    internal sealed record Row(
        Guid? Id,
        Guid SpaceId,
        TwinDesired? Desired,
        long DesiredVersion,
        DateTimeOffset? UpdatedAt,
        bool Published,
        TwinReported? Reported,
        long ReportedVersion,
        IReadOnlyDictionary<string, TwinDifference> Delta,
        string Status,
        DateTimeOffset? Since)
    {
        public static Row Of(Twin twin) => new(
            twin.Id, twin.SpaceId, twin.Desired, twin.DesiredVersion, twin.DesiredAt, twin.PublishedVersion == twin.DesiredVersion, twin.Reported, twin.ReportedVersion,
            twin.Delta, twin.Status, twin.StatusSince);

        public static Row Nothing(Guid spaceId) => new(null, spaceId, null, 0, null, true, null, 0, new Dictionary<string, TwinDifference>(), TwinStatus.Sync, null);
    }

    internal static async Task<Results<Ok<Row>, ProblemHttpResult>> Handle(
        RouteId id, HttpResponse response, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);

        if (!await SpaceQueries.ExistsAsync(connection, id, cancellationToken))
        {
            return SpaceRefusals.NotFound.ToProblem();
        }

        var twin = await Twin.FindAsync(connection, id, forUpdate: false, cancellationToken);
        response.Headers.ETag = DesiredTag.Of(twin?.DesiredVersion ?? 0);
        return TypedResults.Ok(twin is null ? Row.Nothing(id) : Row.Of(twin));
    }
}
