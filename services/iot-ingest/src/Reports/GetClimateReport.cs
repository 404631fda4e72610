using System.Net.Mime;
using Coworking.Hosting.Http;
using Coworking.Hosting.Problems;
using Coworking.IotIngest.Spaces;
using Coworking.IotIngest.Windows;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using Npgsql;

namespace Coworking.IotIngest.Reports;

/// <summary>GET /iot/reports/climate?spaceId=&amp;from=&amp;to=: local days, both inclusive; JSON, or CSV for Accept: text/csv.</summary>
internal static class GetClimateReport
{
    // A quarter, which is what is asked for; a year of minutes would hold the connection for seconds.
    private const int MaxDays = 92;

    internal static async Task<Results<Ok<ClimateReport>, ContentHttpResult, ProblemHttpResult>> Handle(
        HttpContext context, NpgsqlDataSource database, TimeProvider clock, CancellationToken cancellationToken)
    {
        var query = context.Request.Query;
        var (id, from, to) = (QueryValues.Uuid(query, "spaceId"), QueryValues.Day(query, "from"), QueryValues.Day(query, "to"));

        if (Refuse(id, from, to) is { } refusal)
        {
            return refusal.ToProblem();
        }

        await using var connection = await database.OpenConnectionAsync(cancellationToken);

        if (await SeriesSpace.FindAsync(connection, id!.Value, cancellationToken) is not { } space)
        {
            return SpaceRefusals.NotFound.ToProblem();
        }

        var report = await ClimateReport.ReadAsync(connection, space, from!.Value, to!.Value, clock.GetUtcNow(), cancellationToken);
        context.Response.Headers.Vary = HeaderNames.Accept;

        if (!PrefersCsv(context.Request))
        {
            return TypedResults.Ok(report);
        }

        context.Response.Headers.ContentDisposition = $"attachment; filename=\"climate-{space.Id}-{from:yyyy-MM-dd}-{to:yyyy-MM-dd}.csv\"";
        return TypedResults.Text(ClimateCsv.Of(report), ClimateCsv.ContentType);
    }

    private static Refusal? Refuse(Guid? id, DateOnly? from, DateOnly? to) =>
        id is null ? Refusal.Field("spaceId", "spaceId is required")
        : from is null ? Refusal.Field("from", "from is required: a date, e.g. 2026-01-31")
        : to is null ? Refusal.Field("to", "to is required: a date, e.g. 2026-01-31")
        : from.Value.Year is < 2000 or > 2100 ? Refusal.Field("from", "from must be from 2000 to 2100")
        : to < from ? Refusal.Field("to", "to must not be before from")
        : to.Value.DayNumber - from.Value.DayNumber >= MaxDays ? Refusal.Field("to", $"a report covers at most {MaxDays} days")
        : null;

    /// <summary>JSON unless CSV is named and wanted at least as much.</summary>
    private static bool PrefersCsv(HttpRequest request)
    {
        var accepted = request.GetTypedHeaders().Accept;
        return Quality("text/csv") is > 0 and var csv && csv >= Quality(MediaTypeNames.Application.Json);

        double Quality(string type) => accepted.Where(range => range.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase)).Select(range => range.Quality ?? 1).DefaultIfEmpty(0).Max();
    }
}
