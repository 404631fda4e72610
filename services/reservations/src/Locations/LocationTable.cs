using Coworking.Reservations.Database;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Locations;

/// <summary>Where locations are kept.</summary>
internal static class LocationTable
{
    internal static void Map(ModelBuilder model)
    {
        var location = model.Entity<Location>().ToTable("locations");
        location.HasKey(row => row.Id);
        location.Property(row => row.Id).ValueGeneratedNever();
        location.Property(row => row.Version).IsConcurrencyToken();
    }

    /// <summary>The location, which nobody else changes or removes until this transaction ends; null where there is none.</summary>
    internal static async Task<Location?> LockLocationAsync(this ReservationsDb db, Guid id, CancellationToken cancellationToken) =>
        (await db.LockAsync<Location>("id = {0} and removed_at is null", cancellationToken, id)).SingleOrDefault();
}
