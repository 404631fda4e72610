using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Series;

/// <summary>Where series are kept.</summary>
internal static class SeriesTable
{
    // Npgsql takes a DateTime for an instant unless told that it is the time on a wall.
    private const string OnTheWall = "timestamp without time zone";

    internal static void Map(ModelBuilder model)
    {
        var series = model.Entity<BookingSeries>().ToTable("booking_series");
        series.HasKey(row => row.Id);
        series.Property(row => row.Id).ValueGeneratedNever();
        series.Property(row => row.FirstStart).HasColumnType(OnTheWall);
        series.Property(row => row.FirstEnd).HasColumnType(OnTheWall);
        series.Property(row => row.Version).IsConcurrencyToken();
        series.Ignore(row => row.Rule);
        series.Ignore(row => row.Client);

        var occurrence = model.Entity<SeriesOccurrence>().ToTable("series_occurrences");
        occurrence.HasKey(row => new { row.SeriesId, row.Index });
        occurrence.Property(row => row.Index).ValueGeneratedNever();
        occurrence.Property(row => row.WallStart).HasColumnType(OnTheWall);
        occurrence.Property(row => row.WallEnd).HasColumnType(OnTheWall);
    }
}
