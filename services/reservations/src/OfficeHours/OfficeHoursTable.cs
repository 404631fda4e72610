using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.OfficeHours;

/// <summary>Where office hours are kept.</summary>
internal static class OfficeHoursTable
{
    internal static void Map(ModelBuilder model)
    {
        var hours = model.Entity<SpaceHours>().ToTable("office_hours");
        hours.HasKey(row => row.Id);
        hours.Property(row => row.Id).ValueGeneratedNever();
    }
}
