namespace Coworking.Reservations.Series;

/// <summary>The addresses of series.</summary>
internal static class SeriesFeature
{
    internal static void MapSeries(this IEndpointRouteBuilder api)
    {
        var series = api.MapGroup("/booking-series").WithTags("Booking series");
        series.MapGet("", ListSeries.Handle);
        series.MapGet("/{id}", GetSeries.Handle);
        series.MapPost("", PlaceSeries.Handle);
        series.MapPatch("/{id}", ChangeSeries.Handle);
        series.MapPost("/{id}/cancel", CancelSeries.Handle);
        series.MapDelete("/{id}", CancelSeries.Delete);
        series.MapPost("/{id}/extend", ExtendSeries.Handle);
    }
}
