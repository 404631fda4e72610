using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Coworking.Contracts;
using Coworking.Hosting.Http;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Coworking.Reservations.Messaging;
using Coworking.Reservations.Spaces;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.OfficeHours;

/// <summary>PUT /iot/spaces/:id/office-hours. Lays what is given over what is there, or over the usual hours.</summary>
internal static class SetOfficeHours
{
    internal sealed record Request(
        [property: RegularExpression("^([01][0-9]|2[0-3]):[0-5][0-9]$")] string? OpenTime,
        [property: RegularExpression("^([01][0-9]|2[0-3]):[0-5][0-9]$")] string? CloseTime,
        [property: StringLength(64)] string? Timezone,
        [property: MinLength(1), MaxLength(7)] int[]? WorkDays);

    internal static async Task<Results<Ok<OfficeHoursRow>, ProblemHttpResult>> Handle(
        RouteId id, Request request, ReservationsDb db, TimeProvider clock, CancellationToken cancellationToken)
    {
        var fields = new FieldErrors();
        var open = Clock(fields, "openTime", request.OpenTime);
        var close = Clock(fields, "closeTime", request.CloseTime);
        var zone = request.Timezone is null ? null : fields.Zone("timezone", request.Timezone);
        fields.Require(AreWorkDays(request.WorkDays), "workDays", "workDays must be different days from 1 (Monday) to 7 (Sunday), at least one");

        if (fields.Refusal is { } refusal)
        {
            return refusal.ToProblem();
        }

        var now = clock.GetUtcNow();
        var outcome = await db.DecideAsync<SpaceHours>(
            async token =>
            {
                if (await db.LockSpaceAsync(id, token) is not { } space)
                {
                    return OfficeHoursRefusals.SpaceNotFound;
                }

                if (await db.Hours.SingleOrDefaultAsync(row => row.SpaceId == space.Id, token) is not { } hours)
                {
                    var location = await db.Locations.AsNoTracking().SingleAsync(row => row.Id == space.LocationId, token);
                    hours = SpaceHours.Usual(space.Id, location.Timezone, now);
                    db.Hours.Add(hours);
                }

                hours.Change(open ?? hours.OpenTime, close ?? hours.CloseTime, zone ?? hours.Timezone, [.. (request.WorkDays ?? hours.WorkDays).Order()], now);
                // The hours are the space's: others hear of them by its next version.
                space.Touch(now);
                await db.SaveChangesAsync(token);
                await db.SaySpaceAsync(space, ChangeKinds.Changed, token);
                await db.SaveChangesAsync(token);
                return hours;
            },
            cancellationToken);

        return outcome.IsRefused(out var refused, out var kept) ? refused.ToProblem() : TypedResults.Ok(OfficeHoursRow.Of(kept));
    }

    private static TimeOnly? Clock(FieldErrors fields, string field, string? value)
    {
        if (value is null)
        {
            return null;
        }

        var isTime = TimeOnly.TryParseExact(value, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time);
        fields.Require(isTime, field, $"{field} must be a time HH:mm, e.g. 09:00");
        return time;
    }

    private static bool AreWorkDays(int[]? days) =>
        days is null || (days.Length > 0 && days.All(day => day is >= 1 and <= 7) && days.Distinct().Count() == days.Length);
}
