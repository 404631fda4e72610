using Coworking.Reservations.Database;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Waitlist;

/// <summary>Where the queue and its offers are kept.</summary>
internal static class WaitlistTable
{
    internal static void Map(ModelBuilder model)
    {
        var entry = model.Entity<WaitlistEntry>().ToTable("waitlist_entries");
        entry.HasKey(row => row.Id);
        entry.Property(row => row.Id).ValueGeneratedNever();
        entry.Property(row => row.Place).ValueGeneratedOnAdd();
        entry.Property(row => row.Version).IsConcurrencyToken();

        var offer = model.Entity<WaitlistOffer>().ToTable("waitlist_offers");
        offer.HasKey(row => row.Id);
        offer.Property(row => row.Id).ValueGeneratedNever();
    }

    /// <summary>The entry, which nobody else changes until this transaction ends; null where there is none.</summary>
    internal static async Task<WaitlistEntry?> LockEntryAsync(this ReservationsDb db, Guid id, CancellationToken cancellationToken) =>
        (await db.LockAsync<WaitlistEntry>("id = {0}", cancellationToken, id)).SingleOrDefault();

    /// <summary>The open offer of a held booking, likewise.</summary>
    internal static async Task<WaitlistOffer?> LockOpenOfferAsync(this ReservationsDb db, Guid bookingId, CancellationToken cancellationToken) =>
        (await db.LockAsync<WaitlistOffer>("booking_id = {0} and status = {1}", cancellationToken, bookingId, WaitlistOffer.Open)).SingleOrDefault();
}
