using Coworking.Reservations.Database;
using Npgsql;

namespace Coworking.Reservations.Policies;

/// <summary>A policy as clients see it.</summary>
/// <param name="Of">location or space.</param>
/// <param name="Id">Which.</param>
/// <param name="Version">Of what it says of its own; 0 where it never said anything.</param>
/// <param name="Own">What it says of its own; absent members inherit.</param>
/// <param name="Effective">What holds.</param>
/// <param name="UpdatedAt">When it said so; null: never.</param>
internal sealed record PolicyRow(string Of, Guid Id, int Version, PolicyMembers Own, Policy Effective, DateTimeOffset? UpdatedAt)
{
    internal static PolicyRow Read(PolicyScope scope, NpgsqlDataReader reader) => new(
        scope.Of,
        reader.GetGuid(0),
        reader.Value<int>(2) ?? 0,
        reader.Text(1) is { } own ? PolicyMembers.Read(own) : new PolicyMembers(),
        EffectivePolicy.Read(reader, 4),
        reader.IsDBNull(3) ? null : reader.Instant(3));
}
