using Coworking.Hosting.OpenApi;

namespace Coworking.Reservations.Series;

/// <summary>The addresses of series.</summary>
internal static class SeriesFeature
{
    internal static void MapSeries(this IEndpointRouteBuilder api)
    {
        var series = api.MapGroup("/booking-series").WithTags("Booking series");
        series.MapGet("", ListSeries.Handle).Described(SeriesDescribed.List);
        series.MapGet("/{id}", GetSeries.Handle).Described(SeriesDescribed.Get);
        series.MapPost("", PlaceSeries.Handle).Described(SeriesDescribed.Place);
        series.MapPatch("/{id}", ChangeSeries.Handle).Described(SeriesDescribed.Change);
        series.MapPost("/{id}/cancel", CancelSeries.Handle).Described(SeriesDescribed.Cancel);
        series.MapDelete("/{id}", CancelSeries.Delete).Described(SeriesDescribed.Delete);
        series.MapPost("/{id}/extend", ExtendSeries.Handle).Described(SeriesDescribed.Extend);
    }
}
