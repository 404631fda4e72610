using Coworking.Reservations.Bookings;

namespace Coworking.Reservations.Tests.Bookings;

public sealed class BookingDayTests
{
    private static readonly TimeZoneInfo Mexico = TimeZoneInfo.FindSystemTimeZoneById("America/Mexico_City");
    private static readonly TimeZoneInfo Auckland = TimeZoneInfo.FindSystemTimeZoneById("Pacific/Auckland");

    [Theory]
    [InlineData("2026-11-23", "2026-11-23")]
    [InlineData("2026-11-23T00:00:00Z", "2026-11-23")]
    [InlineData("2026-11-23T00:00:00.000Z", "2026-11-23")]
    [InlineData("2026-11-22T18:00:00-06:00", "2026-11-23")]
    [InlineData("2026-11-23T05:59:59Z", "2026-11-22")]
    [InlineData("2026-11-23T06:00:00Z", "2026-11-23")]
    [InlineData("2026-11-23T00:00:01Z", "2026-11-22")]
    [InlineData("2026-11-23T23:30:00-06:00", "2026-11-23")]
    public void A_day_in_Mexico_is_what_the_contract_says(string text, string day)
    {
        Assert.True(BookingDay.TryParse(text, out var parsed));
        Assert.Equal(day, BookingDay.Text(parsed.In(Mexico)));
    }

    [Fact]
    public void East_of_Greenwich_an_instant_may_mean_the_next_day()
    {
        Assert.True(BookingDay.TryParse("2026-11-23T12:00:00Z", out var noon));
        Assert.True(BookingDay.TryParse("2026-11-23T00:00:00Z", out var midnight));
        Assert.Equal(new DateOnly(2026, 11, 24), noon.In(Auckland));
        Assert.Equal(new DateOnly(2026, 11, 23), midnight.In(Auckland));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("tomorrow")]
    [InlineData("23/11/2026")]
    [InlineData("2026-02-30")]
    [InlineData("2026-11-23T09:00:00")]
    [InlineData("2026-11-23T25:00:00Z")]
    [InlineData("20261123")]
    public void Anything_else_is_no_day(string? text) => Assert.False(BookingDay.TryParse(text, out _));
}
