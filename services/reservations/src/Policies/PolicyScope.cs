namespace Coworking.Reservations.Policies;

/// <summary>Whose policy: a location's or a space's. The texts are SQL of our own.</summary>
/// <param name="Of">location or space.</param>
/// <param name="Owners">Table of those who may have one.</param>
/// <param name="Table">Table of the policies.</param>
/// <param name="Key">Its column that names the owner.</param>
/// <param name="Effective">Reads id, own members, own version, when they were said, and the columns of <see cref="EffectivePolicy"/>.</param>
internal sealed record PolicyScope(string Of, string Owners, string Table, string Key, string Effective)
{
    internal static PolicyScope Location { get; } = new(
        "location",
        "locations",
        "location_policies",
        "location_id",
        """
        select l.id, lp.members, lp.version, lp.updated_at, lp.members, lp.version, null::jsonb, null::int
        from locations l left join location_policies lp on lp.location_id = l.id where l.id = $1 and l.removed_at is null
        """);

    internal static PolicyScope Space { get; } = new(
        "space",
        "spaces",
        "space_policies",
        "space_id",
        $"""
        select s.id, sp.members, sp.version, sp.updated_at, {EffectivePolicy.Columns}
        from spaces s {EffectivePolicy.Joins} where s.id = $1 and s.removed_at is null
        """);
}
