using Coworking.Gateway.Access;
using Coworking.Gateway.Http;

namespace Coworking.Gateway.Sessions;

/// <summary>Takes what <see cref="IssueStreamTicket"/> gave. In the database, so that every gateway takes it and only one does.</summary>
internal sealed class StreamTickets(SessionStore store, AccessTokens tokens)
{
    /// <summary>The account that the ticket was given to; null where it is none, was used, is too old, or its session has ended since.</summary>
    internal async ValueTask<Visitor?> RedeemAsync(string ticket, CancellationToken cancellationToken) =>
        SecretText.TryHash(ticket, out var hash) && await store.TakeTicketAsync(hash, cancellationToken) is { } session
            ? await tokens.OfSessionAsync(session, cancellationToken)
            : null;
}
