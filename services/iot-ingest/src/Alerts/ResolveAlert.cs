using System.ComponentModel.DataAnnotations;
using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Hosting.Problems;
using Coworking.IotIngest.Live;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.IotIngest.Alerts;

/// <summary>PATCH /alerts/:id/resolve: by hand, with a note. The clock starts anew: it opens again only after another breach has held for its whole time.</summary>
internal static class ResolveAlert
{
    private const int MaxNote = 2000;

    internal sealed record Request([property: StringLength(MaxNote)] string? Note);

    internal static async Task<Results<Ok<AlertRow>, ProblemHttpResult>> Handle(
        RouteId id, Request? request, Caller caller, NpgsqlDataSource database, TimeProvider clock, CancellationToken cancellationToken)
    {
        var note = request?.Note?.Trim() is { Length: > 0 } text ? text : null;

        if ((AlertRefusals.Of(caller) ?? Refuse(note)) is { } refusal)
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

        var effects = new Effects(clock.GetUtcNow());
        alert.Note = note;
        await AlertBook.ResolveAsync(connection, alert, AlertResolution.ByHand, effects, cancellationToken);
        await effects.WriteAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return TypedResults.Ok(AlertRow.Of(alert));
    }

    // PostgreSQL keeps every character but this one.
    private static Refusal? Refuse(string? note) =>
        note is { Length: > MaxNote } ? Refusal.Field("note", $"note must have at most {MaxNote} characters")
        : note?.Contains('\0') == true ? Refusal.Field("note", "note must not contain the character U+0000")
        : null;
}
