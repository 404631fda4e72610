using System.Text.Json;
using Coworking.Hosting.Http;
using Coworking.IotIngest.Live;
using Coworking.IotIngest.Spaces;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.IotIngest.Alerts;

/// <summary>PUT /iot/spaces/:id/alert-rules: sets the named members of the named kinds; null takes one, or a whole kind, back to its default.</summary>
internal static class SetAlertRules
{
    internal static async Task<Results<Ok<Dictionary<string, Dictionary<string, object?>>>, ProblemHttpResult>> Handle(
        RouteId id, JsonElement request, NpgsqlDataSource database, TimeProvider clock, CancellationToken cancellationToken)
    {
        var edit = AlertRuleEdit.Of(request, out var refusal);

        if (refusal is not null)
        {
            return refusal.ToProblem();
        }

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // Edits of one space follow one another, and an alert that is being opened elsewhere is there when it is to be closed.
        await using var locked = new NpgsqlCommand("select from spaces where id = $1 for no key update", connection);
        locked.Parameters.Add(new() { Value = id.Value });
        await locked.ExecuteNonQueryAsync(cancellationToken);
        var effects = new Effects(clock.GetUtcNow());

        if (await SpaceReader.ReadAsync(connection, [id], effects.Now, cancellationToken) is not [var space])
        {
            return SpaceRefusals.NotFound.ToProblem();
        }

        var changes = edit.On(space);
        var rules = AlertRules.Of(changes, space.Co2ThresholdPpm, space.Climate);

        if (edit.Refuse(rules) is { } conflict)
        {
            return conflict.ToProblem();
        }

        await AlertRuleRows.WriteAsync(connection, id, changes, cancellationToken);

        foreach (var kind in AlertKind.All.Where(kind => !rules[kind].IsOn))
        {
            await AlertBook.ResolveAsync(connection, id, kind, AlertResolution.RuleDisabled, effects, cancellationToken);
        }

        await effects.WriteAsync(connection, cancellationToken);
        await using var notice = new NpgsqlCommand("select pg_notify($1, $2)", connection);
        notice.Parameters.Add(new() { Value = SpaceDirectory.Channel });
        notice.Parameters.Add(new() { Value = id.Value.ToString() });
        await notice.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return TypedResults.Ok(AlertRuleEdit.Rows(rules));
    }
}
