using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.Reservations.CheckIns;

/// <summary>What a client gets back who has changed where a booking stands: the row that GET gives.</summary>
internal static class CheckInAnswers
{
    internal static async Task<Results<Ok<BookingRow>, ProblemHttpResult>> AnswerAsync(
        this Outcome<Booking> outcome, HttpContext context, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        if (outcome.IsRefused(out var refusal, out var booking))
        {
            return refusal.ToProblem();
        }

        var row = await database.FindAsync(
            $"select {BookingRow.Columns} from {BookingRow.Tables} where b.id = $1", BookingRow.Read, cancellationToken, booking.Id);
        EntityTag.Show(context, row!.Version);
        return TypedResults.Ok(row);
    }
}
