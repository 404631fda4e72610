using Coworking.Reservations.Database;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Spaces;

/// <summary>Where spaces are kept.</summary>
internal static class SpaceTable
{
    internal static void Map(ModelBuilder model)
    {
        var space = model.Entity<Space>().ToTable("spaces");
        space.HasKey(row => row.Id);
        space.Property(row => row.Id).ValueGeneratedNever();
        space.Property(row => row.Version).IsConcurrencyToken();
    }

    /// <summary>The space, which nobody else changes, removes or books until this transaction ends; null where there is none.</summary>
    internal static async Task<Space?> LockSpaceAsync(this ReservationsDb db, Guid id, CancellationToken cancellationToken) =>
        (await db.LockAsync<Space>("id = {0} and removed_at is null", cancellationToken, id)).SingleOrDefault();
}
