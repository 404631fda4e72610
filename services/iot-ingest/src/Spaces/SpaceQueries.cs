using Coworking.Hosting.Problems;
using Npgsql;

namespace Coworking.IotIngest.Spaces;

/// <summary>What other features ask about spaces.</summary>
internal static class SpaceQueries
{
    /// <summary>The table is asked, not the memory: a space that was heard of a moment ago must be found.</summary>
    public static async Task<bool> ExistsAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select exists(select from spaces where id = $1 and not removed)", connection);
        command.Parameters.Add(new() { Value = id });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>True for a location that is not removed, and for one that only its spaces have spoken of yet.</summary>
    public static async Task<bool> LocationExistsAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "select exists(select from locations where id = $1 and not removed) or exists(select from spaces where location_id = $1 and not removed)", connection);
        command.Parameters.Add(new() { Value = id });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}

internal static class SpaceRefusals
{
    public static readonly Refusal NotFound = new(StatusCodes.Status404NotFound, "space.not_found", "Space not found");
}

internal static class LocationRefusals
{
    public static readonly Refusal NotFound = new(StatusCodes.Status404NotFound, "location.not_found", "Location not found");
}
