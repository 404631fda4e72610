using Coworking.Hosting.Json;
using Coworking.Hosting.Problems;
using Coworking.Reservations.Http;

namespace Coworking.Reservations.Policies;

/// <summary>What may be said in a policy; the bounds are where a rule would no longer mean anything.</summary>
internal static class PolicyCheck
{
    private const int Fortnight = 14 * 24 * 60;
    private const int Year = 366 * 24 * 60;

    // Far more than any calendar of holidays.
    private const int MostClosedDays = 400;

    internal static Refusal? Refuse(PolicyMembers members)
    {
        var fields = new FieldErrors();
        Within(fields, "weeklyLimit", members.WeeklyLimit, 1, 10_000);
        Within(fields, "minMinutes", members.MinMinutes, 1, Fortnight);
        Within(fields, "maxMinutes", members.MaxMinutes, 1, Fortnight);
        Within(fields, "slotStepMinutes", members.SlotStepMinutes, 1, 24 * 60);
        Within(fields, "leadMinutes", members.LeadMinutes, 0, Year);
        Within(fields, "horizonDays", members.HorizonDays, 0, 3660);
        Within(fields, "maxPerDay", members.MaxPerDay, 1, 10_000);
        Within(fields, "cancelUntilMinutes", members.CancelUntilMinutes, 0, Year);
        Within(fields, "checkIn.openMinutesBefore", new(members.CheckIn?.OpenMinutesBefore), 0, 24 * 60);
        Within(fields, "checkIn.graceMinutes", new(members.CheckIn?.GraceMinutes), 0, 24 * 60);
        fields.Require(!(members.MinMinutes.Value > members.MaxMinutes.Value), "minMinutes", "minMinutes must not exceed maxMinutes");
        CheckDays(fields, members.ClosedDays ?? []);
        return fields.Refusal;
    }

    private static void Within(FieldErrors fields, string field, Optional<int?> number, int min, int max) =>
        fields.Require(number.Value is null || (number.Value >= min && number.Value <= max), field, $"{field} must be a whole number from {min} to {max}, or null");

    private static void CheckDays(FieldErrors fields, ClosedDay?[] days)
    {
        fields.Require(days.Length <= MostClosedDays, "closedDays", $"closedDays must have at most {MostClosedDays} days");
        fields.Require(
            days.All(day => day is { Date.Year: >= 2000 and <= 2199 }), "closedDays", "closedDays must have a date each, e.g. 2026-12-25, in the years 2000 to 2199");
        fields.Require(days.DistinctBy(day => day?.Date).Count() == days.Length, "closedDays", "closedDays must name each date once");

        foreach (var day in days)
        {
            fields.Text("closedDays", day?.Name, 200);
        }
    }
}
