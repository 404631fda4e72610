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
        waitlist.MapGet("", ListWaitlist.Handle);
        waitlist.MapPost("", JoinWaitlist.Handle);
        waitlist.MapGet("/{id}", GetWaitlistEntry.Handle);
        waitlist.MapDelete("/{id}", LeaveWaitlist.Handle);

        // The token is the secret: whoever has the link may answer, with or without an account.
        var offers = waitlist.MapGroup("/offers/{token}").AllowAnonymous();
        offers.MapGet("", ShowOffer.Handle);
        offers.MapPost("/claim", AnswerOffer.Claim);
        offers.MapPost("/decline", AnswerOffer.Decline);
    }
}
