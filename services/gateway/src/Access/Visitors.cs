using Coworking.Gateway.ApiKeys;
using Coworking.Gateway.Sessions;

namespace Coworking.Gateway.Access;

/// <summary>Finds who is behind a credential: from memory on the way of every request, else by asking whoever keeps them.</summary>
internal sealed class Visitors(KeyRing keys, AccessTokens tokens, StreamTickets tickets)
{
    /// <summary>False where somebody has to be asked. True with null: nobody is behind it, which is remembered too.</summary>
    internal bool TryRecall(in Credential credential, out Visitor? visitor)
    {
        visitor = null;
        return credential.Kind switch
        {
            CredentialKind.Key => !KeyHash.TryOf(credential.Given, out var hash) || keys.TryRecall(hash, out visitor),
            CredentialKind.Token => credential.Text is not { } text || tokens.TryRecall(text.AsSpan(credential.Start), out visitor),
            // Good once, so there is nothing to remember.
            CredentialKind.Ticket => credential.Text is null,
            _ => true,
        };
    }

    /// <summary>Null where nobody is behind it.</summary>
    internal ValueTask<Visitor?> AskAsync(in Credential credential, CancellationToken cancellationToken) => credential.Kind switch
    {
        CredentialKind.Key when KeyHash.TryOf(credential.Given, out var hash) => new ValueTask<Visitor?>(keys.AskAsync(hash, cancellationToken)),
        CredentialKind.Token when credential.Text is { } text => new ValueTask<Visitor?>(tokens.AskAsync(text[credential.Start..], cancellationToken)),
        CredentialKind.Ticket when credential.Text is { } text => tickets.RedeemAsync(text, cancellationToken),
        _ => default,
    };
}
