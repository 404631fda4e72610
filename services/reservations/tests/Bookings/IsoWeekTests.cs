using System.Globalization;
using Coworking.Reservations.Bookings;

namespace Coworking.Reservations.Tests.Bookings;

public sealed class IsoWeekTests
{
    [Theory]
    [InlineData("2026-11-16", "2026-11-16", "2026-W47")]
    [InlineData("2026-11-22", "2026-11-16", "2026-W47")]
    [InlineData("2026-11-23", "2026-11-23", "2026-W48")]
    [InlineData("2027-01-03", "2026-12-28", "2026-W53")]
    [InlineData("2027-01-04", "2027-01-04", "2027-W01")]
    [InlineData("2024-12-30", "2024-12-30", "2025-W01")]
    public void Weeks_are_those_of_ISO_8601(string day, string monday, string name)
    {
        var date = DateOnly.Parse(day, CultureInfo.InvariantCulture);
        Assert.Equal(DateOnly.Parse(monday, CultureInfo.InvariantCulture), IsoWeek.StartOf(date));
        Assert.Equal(name, IsoWeek.Name(date));
    }

    [Fact]
    public void Every_day_of_a_century_is_in_the_week_of_its_Monday()
    {
        for (var day = new DateOnly(2000, 1, 1); day.Year < 2100; day = day.AddDays(1))
        {
            var monday = IsoWeek.StartOf(day);
            Assert.Equal(DayOfWeek.Monday, monday.DayOfWeek);
            Assert.InRange(day.DayNumber - monday.DayNumber, 0, 6);
            Assert.Equal(IsoWeek.Name(monday), IsoWeek.Name(day));
        }
    }
}
