using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Hosting.OpenApi;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.Reservations.Availability;

/// <summary>
/// GET /availability?from=&amp;to=&amp;minutes=&amp;attendees=&amp;locationId=&amp;amenities=. Spaces that are free from from to to, then those with the nearest
/// shorter or shifted time; a space without any is not listed.
/// </summary>
internal static class FindSpaces
{
    private const int MaxAmenities = 50;
    private const int MaxAmenityLength = 100;

    // Farther than this nobody calls it the same appointment.
    private static readonly TimeSpan Reach = TimeSpan.FromDays(1);

    // Without case, as amenities are told apart where they are written.
    private const string FindCandidates = $"""
        select {BookableSpace.Columns}, l.name, s.amenities from {BookableSpace.Tables}
        where s.removed_at is null and s.active and s.bookable and s.capacity >= $1 and ($2::uuid is null or s.location_id = $2)
        and not exists (select from unnest($3::text[]) wanted where lower(wanted) <> all (select lower(one) from unnest(s.amenities) one))
        """;

    /// <summary>A space and the booking in it that is nearest to what was asked for.</summary>
    /// <param name="Space">Which.</param>
    /// <param name="Match">whole, shorter or shifted.</param>
    /// <param name="StartTime">Of the booking that could be made.</param>
    /// <param name="EndTime">Likewise.</param>
    /// <param name="Minutes">Its length.</param>
    /// <param name="DistanceMinutes">By how much its start and its end differ from what was asked for, together.</param>
    [SchemaName("FreeSpace")]
    internal sealed record Row(Where Space, string Match, DateTimeOffset StartTime, DateTimeOffset EndTime, double Minutes, double DistanceMinutes);

    internal sealed record Where(Guid Id, string Name, int Capacity, string[] Amenities, Guid LocationId, string LocationName, string Timezone);

    internal static async Task<Results<Ok<Page<Row>>, ProblemHttpResult>> Handle(
        PageRequest page, Caller caller, HttpRequest request, NpgsqlDataSource database, TimeProvider clock, CancellationToken cancellationToken)
    {
        var fields = new FieldErrors();
        var filter = new Filter(1, null, []);

        if (AvailabilityQuery.Read(request.Query, fields, () => filter = Read(request.Query, fields)).IsRefused(out var refusal, out var query))
        {
            return refusal.ToProblem();
        }

        var candidates = await database.ListAsync(
            FindCandidates, ReadCandidate, cancellationToken, filter.Attendees, filter.LocationId ?? (object)DBNull.Value, filter.Amenities);
        var found = new List<Row>(candidates.Count);

        if (candidates.Count > 0)
        {
            var around = new Interval(query.Window.From - Reach, query.Window.Until + Reach);
            var time = new SpaceTime(around, caller.IsStaff, clock.GetUtcNow());
            var shortest = query.Minutes is { } minutes ? TimeSpan.FromMinutes(minutes) : query.Window.Length;
            var byId = candidates.ToDictionary(one => one.Space.Id);
            await TakenTime.OfSpacesAsync(
                database,
                candidates.ConvertAll(one => one.Space),
                around,
                (space, taken) =>
                {
                    if (Nearest(byId[space.Id], time.Of(space, taken), query.Window, shortest) is { } row)
                    {
                        found.Add(row);
                    }
                },
                cancellationToken);
        }

        // Of equals the smallest that holds everybody: the large ones are left to those who need them.
        var rows = found.OrderBy(row => row.DistanceMinutes).ThenBy(row => row.StartTime).ThenBy(row => row.Space.Capacity)
            .ThenBy(row => row.Space.Name, StringComparer.Ordinal).ThenBy(row => row.Space.Id);
        return TypedResults.Ok(page.Of([.. rows.Skip((int)Math.Min(page.Offset, int.MaxValue)).Take(page.Size)], found.Count));
    }

    private static Row? Nearest(Candidate candidate, FreeTime free, Interval wanted, TimeSpan shortest)
    {
        if (free.Nearest(wanted, shortest) is not { } one)
        {
            return null;
        }

        var match = one == wanted ? "whole" : one.Length == wanted.Length ? "shifted" : "shorter";
        var space = candidate.Space;
        return new Row(
            new Where(space.Id, space.Name, space.Capacity, candidate.Amenities, space.LocationId, candidate.LocationName, space.Zone.Id),
            match,
            one.From,
            one.Until,
            one.Length.TotalMinutes,
            FreeTime.Distance(one, wanted).TotalMinutes);
    }

    private static Filter Read(IQueryCollection query, FieldErrors fields)
    {
        var attendees = AvailabilityQuery.WholeNumber(fields, query, "attendees", 1, int.MaxValue) ?? 1;
        var location = query["locationId"].ToString();
        var locationId = location.Length == 0 ? (Guid?)null : fields.Uuid("locationId", location);
        string[] amenities = [.. query["amenities"].ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
        fields.Require(amenities.Length <= MaxAmenities, "amenities", $"amenities must name at most {MaxAmenities} things");

        foreach (var amenity in amenities)
        {
            fields.Name("amenities", amenity, MaxAmenityLength);
        }

        return new Filter(attendees, locationId, amenities);
    }

    private static Candidate ReadCandidate(NpgsqlDataReader reader) =>
        new(BookableSpace.Read(reader), reader.GetString(BookableSpace.ColumnCount), reader.GetFieldValue<string[]>(BookableSpace.ColumnCount + 1));

    private sealed record Candidate(BookableSpace Space, string LocationName, string[] Amenities);

    private sealed record Filter(int Attendees, Guid? LocationId, string[] Amenities);
}
