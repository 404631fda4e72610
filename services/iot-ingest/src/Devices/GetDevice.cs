using Coworking.Hosting.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.IotIngest.Devices;

/// <summary>GET /devices/:id.</summary>
internal static class GetDevice
{
    internal static async Task<Results<Ok<DeviceRow>, ProblemHttpResult>> Handle(RouteId id, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await DeviceRow.FindAsync(connection, id, cancellationToken) is { } device ? TypedResults.Ok(device) : DeviceRefusals.NotFound.ToProblem();
    }
}
