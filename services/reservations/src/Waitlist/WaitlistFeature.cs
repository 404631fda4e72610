using Coworking.Hosting.OpenApi;
using Coworking.Reservations.Bookings;

namespace Coworking.Reservations.Waitlist;

/// <summary>The addresses of the waitlist, and its part in every change of a booking.</summary>
internal static class WaitlistFeature
{
    internal static void AddWaitlist(this IServiceCollection services)
    {
        services.AddScoped<SlotOffers>();
        services.AddScoped<BookingStep>(provider => new WaitlistStep(provider.GetRequiredService<SlotOffers>()).HandleAsync);
        services.AddHostedService<WaitlistWatch>();
    }

    internal static void MapWaitlist(this IEndpointRouteBuilder api)
    {
        var waitlist = api.MapGroup("/waitlist").WithTags("Waitlist");
        waitlist.MapGet("", ListWaitlist.Handle).Described(WaitlistDescribed.List);
        waitlist.MapPost("", JoinWaitlist.Handle).Described(WaitlistDescribed.Join);
        waitlist.MapGet("/{id}", GetWaitlistEntry.Handle).Described(WaitlistDescribed.Get);
        waitlist.MapDelete("/{id}", LeaveWaitlist.Handle).Described(WaitlistDescribed.Leave);

        // The token is the secret: whoever has the link may answer, with or without an account.
        var offers = waitlist.MapGroup("/offers/{token}").AllowAnonymous();
        offers.MapGet("", ShowOffer.Handle).Described(WaitlistDescribed.Show).Produces<OfferRow>().AlsoAnswersText(StatusCodes.Status200OK, "text/html");
        offers.MapPost("/claim", AnswerOffer.Claim).Described(WaitlistDescribed.Claim).Produces<OfferRow>().AlsoAnswersText(StatusCodes.Status200OK, "text/html");
        offers.MapPost("/decline", AnswerOffer.Decline).Described(WaitlistDescribed.Decline).Produces<OfferRow>().AlsoAnswersText(StatusCodes.Status200OK, "text/html");
    }
}
