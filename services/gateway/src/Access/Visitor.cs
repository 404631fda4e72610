using Coworking.Gateway.Limits;
using Coworking.Hosting.Identity;

namespace Coworking.Gateway.Access;

/// <summary>
/// Who stands at the gate. One instance for as long as an identity is remembered (a key, an account's token), so that a request that brings
/// it again allocates nothing: its allowance and the services' token are found here and nowhere else.
/// </summary>
/// <param name="caller">As the services will see him.</param>
/// <param name="requests">From which each of his requests takes; shared by all that is the same key or account.</param>
/// <param name="bookings">From which each booking takes besides; null where bookings are not counted, as for keys.</param>
internal sealed class Visitor(Caller caller, TokenBucket requests, TokenBucket? bookings = null)
{
    private Vouched? _vouched;

    internal Caller Caller => caller;

    /// <summary>Of an account: the device that it is signed in on.</summary>
    internal Guid? SessionId { get; init; }

    internal TokenBucket Requests => requests;

    internal TokenBucket? Bookings => bookings;

    /// <summary>The token by which the gateway vouches for him, good for at least half of its life.</summary>
    internal string Token(IdentityTokenSigner signer, TimeProvider clock, long now)
    {
        if (Volatile.Read(ref _vouched) is { } vouched && now < vouched.Until)
        {
            return vouched.Token;
        }

        var fresh = new Vouched(signer.Sign(caller), now + (clock.TimestampFrequency * IdentityTokenSigner.Reuse.Ticks / TimeSpan.TicksPerSecond));
        Volatile.Write(ref _vouched, fresh);
        return fresh.Token;
    }

    /// <summary>Gives the token's memory back; the next request has a new one signed.</summary>
    internal void Rest() => Volatile.Write(ref _vouched, null);

    private sealed record Vouched(string Token, long Until);
}
