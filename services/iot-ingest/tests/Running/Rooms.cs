using Coworking.Contracts;
using Coworking.IotIngest.Alerts;
using Coworking.IotIngest.Spaces;

namespace Coworking.IotIngest.Tests.Running;

/// <summary>Spaces as the hot path knows them, for tests without a database.</summary>
internal static class Rooms
{
    internal static Space Plain(
        int capacity = 8, bool bookable = true, OfficeHours? hours = null, int threshold = 1000, int sampling = 10, (long From, long Until)[]? schedule = null,
        ClimateLimits? climate = null, Dictionary<string, AlertRuleChange>? rules = null) => new(
            1, new Guid("0195e1a0-0000-7000-8000-000000000001"), new Guid("0195e1a0-0000-7000-8000-0000000000aa"), capacity, bookable,
            hours is null ? null : OpeningTimes.Of(hours), threshold, TimeSpan.FromSeconds(sampling), schedule ?? [], climate, rules);
}
