using Npgsql;

namespace Coworking.IotIngest.Devices;

/// <summary>A transaction that changes devices here and at the broker. One at a time: whoever compares the two must not meet a half-made change.</summary>
internal static class DeviceChange
{
    // Names the lock that all changes of the broker's accounts hold.
    private const long AccountsOrder = 7203;

    public static async Task<NpgsqlTransaction> BeginAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // Whoever waits longer than this is told to come again, rather than hold a connection while a large repair runs.
        await using var command = new NpgsqlCommand($"set local lock_timeout = '5s'; select pg_advisory_xact_lock({AccountsOrder})", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return transaction;
    }

    /// <summary>Every replica reads the devices again, and the broker's accounts are compared, once the transaction commits.</summary>
    public static async Task TellReplicasAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"select pg_notify('{DeviceDirectory.Channel}', '')", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The location of a space that is there, held until the transaction ends; null where there is none.</summary>
    public static async Task<Guid?> LocationAsync(NpgsqlConnection connection, Guid spaceId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select location_id from spaces where id = $1 and not removed for share", connection);
        command.Parameters.Add(new() { Value = spaceId });
        return (Guid?)await command.ExecuteScalarAsync(cancellationToken);
    }
}
