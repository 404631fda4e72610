using System.Net;
using Coworking.Reservations.Notifications;
using Coworking.Reservations.Notifications.Reminders;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Notifications;

public sealed class ReminderTests(TellingHost telling) : IClassFixture<TellingHost>, IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2099, 1, 5, 10, 0, 0, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await telling.ForgetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(48, 24.0)]
    [InlineData(24, 24.0)]
    [InlineData(23.9, 1.0)]
    [InlineData(1, 1.0)]
    [InlineData(0.9, null)]
    [InlineData(-1, null)]
    public void The_next_reminder_is_one_whose_moment_has_not_passed(double hoursAhead, double? hoursBefore) =>
        Assert.Equal(hoursBefore is { } hours ? Start.AddHours(-hours) : null, ReminderPlan.Next("confirmed", Start, Start.AddHours(-hoursAhead)));

    [Fact]
    public void Nobody_is_reminded_of_what_is_not_confirmed() => Assert.Null(ReminderPlan.Next("pending", Start, Start.AddDays(-9)));

    [Fact]
    public async Task A_client_is_reminded_a_day_and_an_hour_before_and_each_time_once()
    {
        var (client, booking, start) = await BookedAsync();
        var clock = new LeapingClock(start.AddHours(-24.1));
        Assert.Equal(0, await telling.Clerk(clock).RunOnceAsync(Token));

        clock.Advance(TimeSpan.FromMinutes(10));
        await Task.WhenAll(telling.Clerk(clock).RunOnceAsync(Token), telling.Clerk(clock).RunOnceAsync(Token));
        await telling.TellAsync(clock);
        await telling.Mails.ToAsync(client, 2);
        Assert.True((await telling.Host.User.GetAsync($"/bookings/{booking}"))["reminderSent"].GetBoolean());

        clock.Advance(TimeSpan.FromHours(22));
        Assert.Equal(0, await telling.Clerk(clock).RunOnceAsync(Token));
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, await telling.Clerk(clock).RunOnceAsync(Token));
        await telling.TellAsync(clock);
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, await telling.Clerk(clock).RunOnceAsync(Token));

        var subjects = (await telling.Mails.ToAsync(client, 3)).Select(mail => mail.GetProperty("subject").GetString()!.Split(':')[0]);
        Assert.Equal(["Booking confirmed", "Reminder", "Reminder"], subjects.OrderBy(Rank));
    }

    [Fact]
    public async Task A_moved_booking_is_reminded_of_its_new_time_only()
    {
        var (client, booking, start) = await BookedAsync();
        var clock = new LeapingClock(start.AddHours(-24));
        Assert.Equal(1, await telling.Clerk(clock).RunOnceAsync(Token));
        var later = start.AddDays(1);
        // Moved after the reminder was written and before it was sent.
        (await telling.Host.User.PatchAsync($"/bookings/{booking}", new { bookingDate = later.ToString("yyyy-MM-dd", null), startTime = later, endTime = later.AddHours(1) })).Is(HttpStatusCode.OK);
        await telling.TellAsync(clock);

        Assert.Equal(0, await telling.Clerk(clock).RunOnceAsync(Token));
        Assert.Equal(1L, await telling.Host.ScalarAsync<long>("select count(*) from mails where recipient = $1 and status = 'dropped'", client));
        Assert.False((await telling.Host.User.GetAsync($"/bookings/{booking}"))["reminderSent"].GetBoolean());
        clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(1, await telling.Clerk(clock).RunOnceAsync(Token));
        await telling.TellAsync(clock);
        Assert.Equal(["Booking confirmed", "Booking changed", "Reminder"], (await telling.Mails.ToAsync(client, 3)).Select(mail => mail.GetProperty("subject").GetString()!.Split(':')[0]).OrderBy(Rank));
    }

    [Fact]
    public async Task A_cancelled_booking_is_not_reminded_of_and_one_with_a_new_name_keeps_its_reminders()
    {
        var (gone, cancelled, start) = await BookedAsync();
        var (_, renamed, _) = await BookedAsync(start);
        (await telling.Host.User.DeleteAsync($"/bookings/{cancelled}")).Is(HttpStatusCode.NoContent);
        (await telling.Host.User.PatchAsync($"/bookings/{renamed}", new { clientName = "Ana" })).Is(HttpStatusCode.OK);
        var clock = new LeapingClock(start.AddHours(-23.5));

        await telling.Clerk(clock).RunOnceAsync(Token);

        Assert.Equal(0L, await NoticesAsync(cancelled, NoticeKinds.DayBefore));
        Assert.Equal(1L, await NoticesAsync(renamed, NoticeKinds.DayBefore));
        Assert.Empty(await telling.Mails.ToAsync(gone));
    }

    [Fact]
    public async Task A_clerk_who_comes_late_tells_what_is_still_to_come()
    {
        var (_, booking, start) = await BookedAsync();

        Assert.Equal(1, await telling.Clerk(new LeapingClock(start.AddMinutes(-30))).RunOnceAsync(Token));
        Assert.Equal((0L, 1L), (await NoticesAsync(booking, NoticeKinds.DayBefore), await NoticesAsync(booking, NoticeKinds.HourBefore)));

        var (_, begun, at) = await BookedAsync();
        await telling.Clerk(new LeapingClock(at)).RunOnceAsync(Token);
        Assert.Equal(0L, await NoticesAsync(begun, NoticeKinds.HourBefore));
    }

    private async Task<(string Client, Guid Booking, DateTimeOffset Start)> BookedAsync(DateTimeOffset? start = null)
    {
        var (client, at) = (MailBox.Address("client"), start ?? Stage.Monday().AddHours(9));
        var (_, space) = await telling.HouseAsync([]);
        return (client, (await telling.Host.BookAsync(space, at, email: client)).Id, at);
    }

    private Task<long> NoticesAsync(Guid booking, string kind) =>
        telling.Host.ScalarAsync<long>("select count(*) from notices where (payload->>'bookingId')::uuid = $1 and kind = $2", booking, kind);

    private static int Rank(string subject) => Array.IndexOf(["Booking confirmed", "Booking changed", "Reminder"], subject);
}
