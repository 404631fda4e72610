using System.Globalization;
using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Hosting.Problems;
using Coworking.Reservations.Database;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.Reservations.Bookings;

/// <summary>
/// GET /bookings?spaceId=&amp;clientEmail=&amp;dateFrom=&amp;dateTo=&amp;status=&amp;attention=&amp;includeCancelled=. By start; cancelled ones only where asked for.
/// </summary>
internal static class ListBookings
{
    internal static async Task<Results<Ok<Page<BookingRow>>, ProblemHttpResult>> Handle(
        PageRequest page, Caller caller, HttpRequest request, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var (from, to) = (QueryValues.Day(request.Query, "dateFrom"), QueryValues.Day(request.Query, "dateTo"));
        var email = request.Query["clientEmail"].ToString().Trim();

        if (from > to)
        {
            return Refusal.Field("dateFrom", "dateFrom must not be after dateTo").ToProblem();
        }

        if (email.Contains('\0', StringComparison.Ordinal))
        {
            return Refusal.Field("clientEmail", "clientEmail must not contain control characters").ToProblem();
        }

        var conditions = new Conditions();
        conditions.Add("b.space_id = ", QueryValues.Uuid(request.Query, "spaceId"));
        conditions.Add("b.booking_date >= ", from);
        conditions.Add("b.booking_date <= ", to);
        conditions.Add("b.client_email_key = ", ClientScope.Of(caller).ClientKey);
        conditions.Add("b.client_email_key like ", email.Length == 0 ? null : $"%{Literally(email)}%");
        var status = QueryValues.Word(request.Query, "status", BookingStatus.All);

        if (status is BookingStatus.Cancelled || QueryValues.Flag(request.Query, "includeCancelled") is not true)
        {
            // In words rather than as a value, so that the partial indices may answer.
            conditions.Add(status is BookingStatus.Cancelled ? "b.status = 'cancelled'" : "b.status <> 'cancelled'");
        }

        conditions.Add("b.status = ", status);

        if (QueryValues.Flag(request.Query, "attention") is { } attention)
        {
            conditions.Add(attention ? "b.attention is not null" : "b.attention is null");
        }

        var query = new ListQuery(BookingRow.Columns, $"{BookingRow.Tables} where {conditions.Sql}", "b.start_time, b.id", [.. conditions.Values]);
        return TypedResults.Ok(await database.PageAsync(query, BookingRow.Read, page, cancellationToken));
    }

    // % and _ are letters of an e-mail, not wildcards.
    private static string Literally(string text) => text.ToLowerInvariant()
        .Replace(@"\", @"\\", StringComparison.Ordinal)
        .Replace("%", @"\%", StringComparison.Ordinal)
        .Replace("_", @"\_", StringComparison.Ordinal);

    private sealed class Conditions
    {
        private readonly List<string> _sql = ["true"];

        internal List<object> Values { get; } = [];

        internal string Sql => string.Join(" and ", _sql);

        internal void Add(string condition) => _sql.Add(condition);

        internal void Add(string comparison, object? value)
        {
            if (value is not null)
            {
                Values.Add(value);
                _sql.Add(string.Create(CultureInfo.InvariantCulture, $"{comparison}${Values.Count}"));
            }
        }
    }
}
