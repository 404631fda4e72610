using Coworking.Hosting.Http;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Policies;

/// <summary>PUT /locations/:id/policy and /spaces/:id/policy. Replaces what it says of its own; bookings that are there stay as they are.</summary>
internal static class SetPolicy
{
    internal static async Task<Results<Ok<PolicyRow>, ProblemHttpResult>> Handle(
        RouteId id, PolicyMembers request, HttpContext context, ReservationsDb db, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (PolicyCheck.Refuse(request) is { } malformed)
        {
            return malformed.ToProblem();
        }

        var (scope, now) = (context.GetEndpoint()!.Metadata.GetRequiredMetadata<PolicyScope>(), clock.GetUtcNow());
        var outcome = await db.DecideAsync(token => SetAsync(scope, id, request, context, db, now, token), cancellationToken);

        if (outcome.IsRefused(out var refused, out var row))
        {
            return refused.ToProblem();
        }

        EntityTag.Show(context, row.Version);
        return TypedResults.Ok(row);
    }

    private static async Task<Outcome<PolicyRow>> SetAsync(
        PolicyScope scope, Guid id, PolicyMembers members, HttpContext context, ReservationsDb db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // Two who set it at once go one after the other, and the second meets the version of the first.
        if (await db.FindAsync($"select id from {scope.Owners} where id = $1 and removed_at is null for no key update", reader => reader.GetGuid(0).ToString(), cancellationToken, id) is null
            || await ReadAsync() is not { } present)
        {
            return PolicyRefusals.NotFound(scope);
        }

        if (!EntityTag.Matches(context, present.Version))
        {
            return PolicyRefusals.Stale(present.Version);
        }

#pragma warning disable EF1002 // The names are the scope's own; everything from outside is a value.
        await db.Database.ExecuteSqlRawAsync(
            $$"""
            insert into {{scope.Table}} as p ({{scope.Key}}, members, version, updated_at) values ({0}, {1}::jsonb, nextval('policy_versions')::int, {2})
            on conflict ({{scope.Key}}) do update set members = excluded.members, version = excluded.version, updated_at = excluded.updated_at
            """,
            [id, members.Text(), now],
            cancellationToken);
#pragma warning restore EF1002
        return (await ReadAsync())!;

        Task<PolicyRow?> ReadAsync() => db.FindAsync(scope.Effective, reader => PolicyRow.Read(scope, reader), cancellationToken, id);
    }
}
