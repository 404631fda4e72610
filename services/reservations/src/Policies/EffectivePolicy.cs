using Coworking.Reservations.Database;
using Npgsql;

namespace Coworking.Reservations.Policies;

/// <summary>The policy that holds for a space: its location's over the default, its own over both, member by member.</summary>
internal static class EffectivePolicy
{
    /// <summary>For a query of spaces s; read by <see cref="Read"/>.</summary>
    internal const string Columns = "lp.members, lp.version, sp.members, sp.version";

    /// <summary>Joins for a query of spaces s.</summary>
    internal const string Joins = "left join location_policies lp on lp.location_id = s.location_id left join space_policies sp on sp.space_id = s.id";

    internal static Policy Read(NpgsqlDataReader reader, int at)
    {
        var ofLocation = Over(Policy.Default, reader, at);
        return Over(ofLocation, reader, at + 2);
    }

    /// <summary>The policy of a space as it is at present; the default where there is no such space.</summary>
    internal static async Task<Policy> OfSpaceAsync(ReservationsDb db, Guid spaceId, CancellationToken cancellationToken) =>
        await db.FindAsync($"select {Columns} from spaces s {Joins} where s.id = $1", reader => Read(reader, 0), cancellationToken, spaceId) ?? Policy.Default;

    private static Policy Over(Policy inherited, NpgsqlDataReader reader, int at) =>
        reader.Text(at) is { } members ? PolicyMembers.Read(members).Over(inherited, reader.GetInt32(at + 1)) : inherited;
}
