using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.CalendarFeeds;

/// <summary>Where the addresses of calendars are kept.</summary>
internal static class CalendarFeedTable
{
    internal static void Map(ModelBuilder model)
    {
        var feed = model.Entity<CalendarFeed>().ToTable("calendar_feeds");
        feed.HasKey(row => row.Id);
        feed.Property(row => row.Id).ValueGeneratedNever();
    }
}
