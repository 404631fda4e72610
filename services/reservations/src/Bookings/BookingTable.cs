using Coworking.Reservations.Database;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Bookings;

/// <summary>Where bookings are kept, and the rule of the table that decides races.</summary>
internal static class BookingTable
{
    /// <summary>The exclusion constraint that lets one blocking booking hold a slot.</summary>
    internal const string NoOverlap = "bookings_no_overlap";

    internal static void Map(ModelBuilder model)
    {
        var booking = model.Entity<Booking>().ToTable("bookings");
        booking.HasKey(row => row.Id);
        booking.Property(row => row.Id).ValueGeneratedNever();
        booking.Property(row => row.Version).IsConcurrencyToken();
        booking.Property(row => row.CheckInEvidence).HasColumnType("jsonb");
    }

    /// <summary>The booking, which nobody else changes until this transaction ends; null where there is none or it is cancelled.</summary>
    internal static async Task<Booking?> LockBookingAsync(this ReservationsDb db, Guid id, CancellationToken cancellationToken) =>
        (await db.LockAsync<Booking>("id = {0} and status <> {1}", cancellationToken, id, BookingStatus.Cancelled)).SingleOrDefault();

    /// <summary>The same, though it be cancelled.</summary>
    internal static async Task<Booking?> LockAnyBookingAsync(this ReservationsDb db, Guid id, CancellationToken cancellationToken) =>
        (await db.LockAsync<Booking>("id = {0}", cancellationToken, id)).SingleOrDefault();
}
