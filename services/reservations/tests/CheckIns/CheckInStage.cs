using System.Net;
using System.Text.Json;
using Coworking.Contracts;
using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.CheckIns;
using Coworking.Reservations.Database;
using Coworking.Reservations.Occupancies;
using Coworking.Reservations.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection;

namespace Coworking.Reservations.Tests.CheckIns;

/// <summary>A moment that a test chooses, in which jobs run, people check in and news are heard. The service itself goes on living in the present, weeks before.</summary>
internal sealed class Moment(ReservationsHost host, DateTimeOffset now) : TimeProvider
{
    internal static readonly Caller Admin = new("admin-key", "key", Roles.Admin, null, EmailVerified: false, []);
    internal static readonly Caller Reception = new("desk", "account", Roles.Reception, "desk@example.com", EmailVerified: true, []);
    internal static readonly Caller User = new("user-key", "key", Roles.User, null, EmailVerified: false, []);

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    public override DateTimeOffset GetUtcNow() => now;

    /// <summary>One look of a job; each call is a replica of its own.</summary>
    internal async Task RunAsync<TJob>()
        where TJob : DueBookings
    {
        using var job = ActivatorUtilities.CreateInstance<TJob>(host.Services, (TimeProvider)this);
        await job.RunOnceAsync(Ended);
    }

    internal Task<(int Status, string? Code)> CheckInAsync(Guid booking, Caller? caller = null, string? ifMatch = null) =>
        AskAsync(booking, ifMatch, (id, context, services) => CheckIn.Handle(
            id, caller ?? User, context, services.GetRequiredService<ReservationsDb>(), services.GetRequiredService<BookingDesk>(), this, Ended));

    internal Task<(int Status, string? Code)> UndoAsync(Guid booking) =>
        AskAsync(booking, null, (id, context, services) => UndoRelease.Handle(
            id, context, services.GetRequiredService<ReservationsDb>(), services.GetRequiredService<BookingDesk>(), this, Ended));

    /// <summary>News of a space, as it is heard at this moment and said a second before.</summary>
    internal async Task HearAsync(Guid space, string state, double sinceMinutesAgo, int? people = null, long version = 1, double sampleMinutesAgo = 0, string health = "healthy", double saidMinutesAgo = 0)
    {
        var said = new SpaceOccupancyChanged(
            Guid.CreateVersion7(now), now.AddMinutes(-saidMinutesAgo), version, space, space, state, now.AddMinutes(-sinceMinutesAgo), people, new OccupancyEvidence(12, now.AddMinutes(-sampleMinutesAgo), health));
        await using var scope = host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ReservationsDb>();
        await db.DecideAsync<SpaceOccupancyChanged>(
            async token =>
            {
                await SpaceOccupancy.KeepAsync(db, said, now, token);
                await scope.ServiceProvider.GetRequiredService<SensorCheckIn>().TryAsync(space, now, token);
                return said;
            },
            Ended);
    }

    private async Task<(int Status, string? Code)> AskAsync(
        Guid booking, string? ifMatch, Func<RouteId, HttpContext, IServiceProvider, Task<Results<Ok<BookingRow>, ProblemHttpResult>>> ask)
    {
        await using var scope = host.Services.CreateAsyncScope();
        var context = new DefaultHttpContext();
        context.Request.Headers.IfMatch = ifMatch;
        var result = (await ask(new RouteId(booking), context, scope.ServiceProvider)).Result;
        return result is ProblemHttpResult problem ? (problem.StatusCode, (string?)problem.ProblemDetails.Extensions["code"]) : (StatusCodes.Status200OK, null);
    }
}

/// <summary>Spaces where one has to check in.</summary>
internal static class CheckInStage
{
    internal static Moment At(this ReservationsHost host, DateTimeOffset now) => new(host, now);

    internal static async Task<Guid> StrictSpaceAsync(this ReservationsHost host, int grace = 10, int opens = 10, object? more = null)
    {
        var space = await host.SpaceAsync(more: more);
        await host.PolicyAsync(space, $$"""{"checkIn": {"required": true, "openMinutesBefore": {{opens}}, "graceMinutes": {{grace}} } }""");
        return space;
    }

    internal static Task PolicyAsync(this ReservationsHost host, Guid space, string members) => host.ExecuteAsync(
        "insert into space_policies (space_id, members, version, updated_at) values ($1, $2::jsonb, 1, now())", space, members);

    internal static async Task<JsonElement> RowAsync(this ReservationsHost host, Guid booking) => (await host.User.GetAsync($"/bookings/{booking}")).Is(HttpStatusCode.OK).Body;

    internal static async Task<string> StatusAsync(this ReservationsHost host, Guid booking) => (await host.RowAsync(booking)).GetProperty("status").GetString()!;

    internal static async Task<string?> AttentionAsync(this ReservationsHost host, Guid booking) => (await host.RowAsync(booking)).GetProperty("attention").GetString();
}
