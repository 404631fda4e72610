using Coworking.Gateway.Database;
using Coworking.Gateway.Http;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Gateway.Sessions;

/// <summary>POST /auth/stream-ticket. An EventSource cannot send headers; what stands in an address gets into logs, so it opens one stream, once, within half a minute.</summary>
internal static class IssueStreamTicket
{
    internal static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);

    // A page opens one or two streams; whoever asks for more fills the table.
    private const int MaxUnused = 20;

    internal sealed record Answer(string Ticket, int ExpiresIn);

    internal static async Task<IResult> Handle(SignedIn signedIn, HttpContext context, GatewayDb db, TimeProvider clock, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (text, hash) = SecretText.Create();
        var made = await db.Database.ExecuteSqlAsync($"""
            insert into stream_tickets (ticket_hash, session_id, expires_at)
            select {hash}, {signedIn.SessionId}, {now + Lifetime}
            where (select count(*) from stream_tickets where session_id = {signedIn.SessionId} and expires_at > {now}) < {MaxUnused}
            """, cancellationToken);

        if (made == 0)
        {
            context.Response.Headers.RetryAfter = "30";
            return SessionRefusals.TooManyTickets.ToProblem();
        }

        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(new Answer(text, (int)Lifetime.TotalSeconds), statusCode: StatusCodes.Status201Created);
    }
}
