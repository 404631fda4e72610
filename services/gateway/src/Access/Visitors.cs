using Coworking.Gateway.ApiKeys;

namespace Coworking.Gateway.Access;

/// <summary>Finds who is behind a credential: from memory on the way of every request, else by asking whoever keeps them.</summary>
internal sealed class Visitors(KeyRing keys)
{
    /// <summary>False where somebody has to be asked. True with null: nobody is behind it, which is remembered too.</summary>
    internal bool TryRecall(in Credential credential, out Visitor? visitor)
    {
        visitor = null;
        return credential.Kind switch
        {
            CredentialKind.Key => !KeyHash.TryOf(credential.Given, out var hash) || keys.TryRecall(hash, out visitor),
            // Accounts have no tokens and no tickets yet: nobody is behind any.
            _ => true,
        };
    }

    /// <summary>Null where nobody is behind it.</summary>
    internal ValueTask<Visitor?> AskAsync(in Credential credential, CancellationToken cancellationToken) => credential.Kind switch
    {
        CredentialKind.Key when KeyHash.TryOf(credential.Given, out var hash) => new ValueTask<Visitor?>(keys.AskAsync(hash, cancellationToken)),
        _ => default,
    };
}
