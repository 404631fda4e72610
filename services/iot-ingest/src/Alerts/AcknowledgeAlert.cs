using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.IotIngest.Live;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.IotIngest.Alerts;

/// <summary>PATCH /alerts/:id/acknowledge: somebody takes notice, so that it is escalated no more. The first one counts; again changes nothing.</summary>
internal static class AcknowledgeAlert
{
    internal static async Task<Results<Ok<AlertRow>, ProblemHttpResult>> Handle(
        RouteId id, Caller caller, NpgsqlDataSource database, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (AlertRefusals.Of(caller) is { } refusal)
        {
            return refusal.ToProblem();
        }

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        if (await AlertBook.LockAsync(connection, id, cancellationToken) is not { } alert)
        {
            return AlertRefusals.NotFound.ToProblem();
        }

        if (alert.ResolvedAt is not null)
        {
            return AlertRefusals.AlreadyResolved(alert).ToProblem();
        }

        if (alert.AcknowledgedAt is null)
        {
            var effects = new Effects(clock.GetUtcNow());
            alert.Acknowledge(effects.Now, by: caller.Email ?? caller.Subject);
            await AlertRows.UpdateAsync(connection, alert, cancellationToken);
            AlertNews.Acknowledged(alert, effects);
            await effects.WriteAsync(connection, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        return TypedResults.Ok(AlertRow.Of(alert));
    }
}
