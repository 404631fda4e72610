using Coworking.Contracts;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Policies;

namespace Coworking.Reservations.Tests.Bookings;

/// <summary>Every rule at its boundary, without a database. 2027-03-01 is a Monday, and Mexico City is six hours behind.</summary>
public sealed class SpanRulesTests
{
    private static readonly DateTimeOffset Now = new(2027, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeZoneInfo Mexico = TimeZoneInfo.FindSystemTimeZoneById("America/Mexico_City");

    [Theory]
    [InlineData("2027-03-02T15:00:00Z", "2027-03-02T15:00:00Z", "booking.end_before_start")]
    [InlineData("2027-03-02T15:00:00Z", "2027-03-02T15:00:01Z", "")]
    [InlineData("2027-03-01T12:00:00Z", "2027-03-01T13:00:00Z", "")]
    [InlineData("2027-03-01T11:59:59Z", "2027-03-01T13:00:00Z", "booking.in_past")]
    [InlineData("2027-03-02T15:00:00Z", "2027-03-16T15:00:00Z", "")]
    [InlineData("2027-03-02T15:00:00Z", "2027-03-16T15:00:01Z", "booking.too_long")]
    public void Of_time(string start, string end, string expected) => Assert.Equal(expected, Codes(start, end, Policy.Default));

    [Theory]
    [InlineData(0, 30, "")]
    [InlineData(0, 29.9, "booking.min_minutes booking.slot_step")]
    [InlineData(0, 120, "")]
    [InlineData(0, 135, "booking.max_minutes")]
    [InlineData(15, 30, "")]
    [InlineData(14, 30, "booking.slot_step")]
    [InlineData(15, 40, "booking.slot_step")]
    public void Of_length_and_step(int startMinute, double minutes, string expected)
    {
        var start = new DateTimeOffset(2027, 3, 2, 15, startMinute, 0, TimeSpan.Zero);
        Assert.Equal(expected, Codes(start, start.AddMinutes(minutes), Policy.Default with { MinMinutes = 30, MaxMinutes = 120, SlotStepMinutes = 15 }));
    }

    [Fact]
    public void A_step_counts_from_local_midnight()
    {
        var policy = Policy.Default with { SlotStepMinutes = 60 };
        var kolkata = TimeZoneInfo.FindSystemTimeZoneById("Asia/Kolkata");
        var full = new DateTimeOffset(2027, 3, 2, 4, 30, 0, TimeSpan.Zero);
        Assert.Equal("", Codes(full, full.AddHours(1), policy, zone: kolkata));
        Assert.Equal("booking.slot_step", Codes(full.AddMinutes(30), full.AddMinutes(90), policy, zone: kolkata));
    }

    [Theory]
    [InlineData("2027-03-01T13:00:00Z", false, "")]
    [InlineData("2027-03-01T12:59:59Z", false, "booking.lead_time")]
    [InlineData("2027-03-01T12:59:59Z", true, "")]
    [InlineData("2027-03-01T09:00:00Z", false, "booking.in_past booking.lead_time")]
    [InlineData("2027-03-01T09:00:00Z", true, "")]
    // Five days after the local day of now, until local midnight.
    [InlineData("2027-03-07T05:00:00Z", false, "")]
    [InlineData("2027-03-07T06:00:00Z", false, "booking.horizon")]
    [InlineData("2027-03-07T06:00:00Z", true, "booking.horizon")]
    public void Of_lead_and_horizon(string start, bool mayBePast, string expected)
    {
        var instant = DateTimeOffset.Parse(start, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(expected, Codes(instant, instant.AddMinutes(30), Policy.Default with { LeadMinutes = 60, HorizonDays = 5 }, mayBePast));
    }

    [Theory]
    // Closed is 2 March in Mexico: 06:00Z to 06:00Z.
    [InlineData("2027-03-02T05:00:00Z", "2027-03-02T06:00:00Z", "")]
    [InlineData("2027-03-02T05:00:00Z", "2027-03-02T06:00:01Z", "booking.closed_day")]
    [InlineData("2027-03-03T05:59:00Z", "2027-03-03T07:00:00Z", "booking.closed_day")]
    [InlineData("2027-03-03T06:00:00Z", "2027-03-03T07:00:00Z", "")]
    [InlineData("2027-03-01T18:00:00Z", "2027-03-05T18:00:00Z", "booking.closed_day")]
    public void Of_closed_days(string start, string end, string expected) =>
        Assert.Equal(expected, Codes(start, end, Policy.Default with { ClosedDays = [new ClosedDay(new DateOnly(2027, 3, 2), null)] }));

    [Theory]
    [InlineData("2027-03-02T15:00:00Z", "2027-03-02T23:00:00Z", "")]
    [InlineData("2027-03-02T14:59:00Z", "2027-03-02T23:00:00Z", "booking.outside_hours")]
    [InlineData("2027-03-02T15:00:00Z", "2027-03-02T23:00:01Z", "booking.outside_hours")]
    [InlineData("2027-03-06T15:00:00Z", "2027-03-06T16:00:00Z", "booking.outside_hours")]
    public void Of_office_hours(string start, string end, string expected)
    {
        var hours = OpeningTimes.Of(new Contracts.OfficeHours("09:00", "17:00", "America/Mexico_City", [1, 2, 3, 4, 5]));
        Assert.Equal(expected, Codes(start, end, Policy.Default with { OpenHoursEnforced = true }, hours));
        Assert.Equal("", Codes(start, end, Policy.Default, hours));
        Assert.Equal("", Codes(start, end, Policy.Default with { OpenHoursEnforced = true }));
    }

    [Fact]
    public void All_are_told_in_one_order()
    {
        var policy = Policy.Default with { SlotStepMinutes = 60, LeadMinutes = 60, MinMinutes = 60, ClosedDays = [new ClosedDay(new DateOnly(2027, 2, 28), "Domingo")], OpenHoursEnforced = true };
        var hours = OpeningTimes.Of(new Contracts.OfficeHours("09:00", "17:00", "America/Mexico_City", [1]));
        var start = new DateTimeOffset(2027, 3, 1, 5, 10, 0, TimeSpan.Zero);
        var space = Space(policy, hours, Mexico) with { Active = false, Bookable = false };
        var wish = Wish(start, start.AddMinutes(10)) with { Attendees = 9 };
        _ = BookingDay.TryParse("2027-03-01", out var day);
        Assert.Equal(
            "booking.before_booking_date booking.in_past booking.too_many_attendees booking.space_inactive booking.space_not_bookable booking.min_minutes "
                + "booking.slot_step booking.lead_time booking.closed_day booking.outside_hours",
            Codes(wish with { Day = day }, space, mayBePast: false));
    }

    private static string Codes(string start, string end, Policy policy, OpeningTimes? hours = null) => Codes(
        DateTimeOffset.Parse(start, System.Globalization.CultureInfo.InvariantCulture), DateTimeOffset.Parse(end, System.Globalization.CultureInfo.InvariantCulture), policy, hours: hours);

    private static string Codes(DateTimeOffset start, DateTimeOffset end, Policy policy, bool mayBePast = false, OpeningTimes? hours = null, TimeZoneInfo? zone = null) =>
        Codes(Wish(start, end), Space(policy, hours, zone ?? Mexico), mayBePast);

    private static string Codes(BookingWish wish, BookableSpace space, bool mayBePast) =>
        string.Join(' ', SpanRules.Violations(wish, Slot.Of(wish, space), space.Policy, space.Hours, mayBePast, Now).Select(violation => violation.Code));

    private static BookableSpace Space(Policy policy, OpeningTimes? hours, TimeZoneInfo zone) =>
        new(Guid.Empty, "Room", Guid.Empty, 8, Bookable: true, Active: true, TimeSpan.Zero, TimeSpan.Zero, zone, policy, hours);

    private static BookingWish Wish(DateTimeOffset start, DateTimeOffset end)
    {
        _ = BookingDay.TryParse("2027-02-01", out var day);
        return new BookingWish(Guid.Empty, "a@example.com", day, start, end, null, null, null, null, null);
    }
}
