using Coworking.Hosting.Messaging;
using Coworking.Hosting.Postgres;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.CalendarFeeds;
using Coworking.Reservations.Locations;
using Coworking.Reservations.Notifications;
using Coworking.Reservations.OfficeHours;
using Coworking.Reservations.Series;
using Coworking.Reservations.Spaces;
using Coworking.Reservations.Waitlist;
using Coworking.Reservations.Webhooks;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Database;

/// <summary>What this service writes. Lists and joins are read by SQL through <see cref="Rows"/>.</summary>
internal sealed class ReservationsDb(DbContextOptions<ReservationsDb> options) : DbContext(options)
{
    internal const string Schema = "reservations";

    internal DbSet<Location> Locations => Set<Location>();

    internal DbSet<Space> Spaces => Set<Space>();

    internal DbSet<SpaceHours> Hours => Set<SpaceHours>();

    internal DbSet<Booking> Bookings => Set<Booking>();

    internal DbSet<BookingSeries> Series => Set<BookingSeries>();

    internal DbSet<SeriesOccurrence> SeriesOccurrences => Set<SeriesOccurrence>();

    internal DbSet<WaitlistEntry> WaitlistEntries => Set<WaitlistEntry>();

    internal DbSet<WaitlistOffer> WaitlistOffers => Set<WaitlistOffer>();

    internal DbSet<CalendarFeed> CalendarFeeds => Set<CalendarFeed>();

    internal DbSet<Webhook> Webhooks => Set<Webhook>();

    /// <summary>Statuses that bookings took in this transaction; counted when it has committed.</summary>
    internal List<string> StatusesTaken { get; } = [];

    /// <summary>The last decision was made to be undone.</summary>
    internal bool IsRehearsal { get; set; }

    /// <summary>Not null: rows that are written wait here for the COMMIT.</summary>
    internal LastWord? LastWord { get; set; }

    /// <summary>Writes a new row when it is saved, or with the COMMIT: by then at the latest it is what its table gets, and EF need not know it before.</summary>
    internal void Write(object row)
    {
        if (LastWord is { } last)
        {
            last.Add(row);
        }
        else
        {
            Add(row);
        }
    }

    /// <inheritdoc/>
    public override async Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        if (LastWord is { } last && ChangeTracker.HasChanges())
        {
            // What is saved now may build on what waits.
            await last.SendAsync(this, cancellationToken);
        }

        return await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.HasDefaultSchema(Schema);
        LocationTable.Map(modelBuilder);
        SpaceTable.Map(modelBuilder);
        OfficeHoursTable.Map(modelBuilder);
        BookingTable.Map(modelBuilder);
        SeriesTable.Map(modelBuilder);
        WaitlistTable.Map(modelBuilder);
        CalendarFeedTable.Map(modelBuilder);
        NoticeTable.Map(modelBuilder);
        WebhookTable.Map(modelBuilder);
        modelBuilder.AddMessaging();
        modelBuilder.UseSnakeCaseColumns();
    }
}
