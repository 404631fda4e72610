using Coworking.Hosting.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.IotIngest.Devices;

/// <summary>DELETE /devices/:id: its key and its account end, its connection is cut. What it measured stays.</summary>
internal static class RemoveDevice
{
    internal static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        RouteId id, NpgsqlDataSource database, BrokerAccounts broker, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await DeviceChange.BeginAsync(connection, cancellationToken);
        await using var command = new NpgsqlCommand("delete from devices where id = $1", connection);
        command.Parameters.Add(new() { Value = id.Value });

        if (await command.ExecuteNonQueryAsync(cancellationToken) == 0)
        {
            return DeviceRefusals.NotFound.ToProblem();
        }

        await DeviceChange.TellReplicasAsync(connection, cancellationToken);
        await broker.RevokeAsync(id, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return TypedResults.NoContent();
    }
}
