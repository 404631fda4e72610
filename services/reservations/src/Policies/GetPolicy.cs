using Coworking.Hosting.Http;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.Reservations.Policies;

/// <summary>GET /locations/:id/policy and /spaces/:id/policy: what it says of its own, and what holds.</summary>
internal static class GetPolicy
{
    internal static async Task<Results<Ok<PolicyRow>, ProblemHttpResult>> Handle(
        RouteId id, HttpContext context, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var scope = context.GetEndpoint()!.Metadata.GetRequiredMetadata<PolicyScope>();

        if (await database.FindAsync(scope.Effective, reader => PolicyRow.Read(scope, reader), cancellationToken, id.Value) is not { } row)
        {
            return PolicyRefusals.NotFound(scope).ToProblem();
        }

        EntityTag.Show(context, row.Version);
        return TypedResults.Ok(row);
    }
}
