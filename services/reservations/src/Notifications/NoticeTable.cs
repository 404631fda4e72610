using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Notifications;

/// <summary>Where notices are kept.</summary>
internal static class NoticeTable
{
    internal static void Map(ModelBuilder model)
    {
        var notice = model.Entity<Notice>().ToTable("notices");
        notice.HasKey(row => row.Key);
        notice.Property(row => row.Key).ValueGeneratedNever();
        notice.Property(row => row.Payload).HasColumnType("jsonb");
    }
}
