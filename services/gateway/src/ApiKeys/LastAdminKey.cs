using System.Linq.Expressions;
using Coworking.Gateway.Database;
using Coworking.Hosting.Identity;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Gateway.ApiKeys;

/// <summary>
/// The key that can make keys is not taken away while it is the last: whoever wants it gone, because it leaked, makes another first. It may
/// still expire, which nobody decides at that moment; the verb admin-key is the way back in.
/// </summary>
internal static class LastAdminKey
{
    // Any number that nothing else in this database locks.
    private const long Lock = 0x6B657973;

    /// <summary>Before the first row is touched: of two who take away the last two keys at once, the second decides when the first has.</summary>
    internal static Task LockKeysAsync(this GatewayDb db, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock({Lock})", cancellationToken);

    /// <summary>
    /// Asked of a key before it is changed. Only such a key can be the last one: where there is none, because it expired or accounts do its work, every other key
    /// is still revoked and narrowed, a leaked one above all.
    /// </summary>
    internal static bool CanMakeKeys(this ApiKey key, GatewayOptions options, DateTimeOffset now) => MakesKeys(options, now).Compile(preferInterpretation: true)(key);

    /// <summary>Asked after a change of such a key and before its commit: true where none is left, so that the change must not be.</summary>
    internal static async Task<bool> IsLockedOutAsync(this GatewayDb db, GatewayOptions options, DateTimeOffset now, CancellationToken cancellationToken) =>
        !await db.ApiKeys.AnyAsync(MakesKeys(options, now), cancellationToken);

    // One rule for the row in the hand and for all the others.
    private static Expression<Func<ApiKey, bool>> MakesKeys(GatewayOptions options, DateTimeOffset now) =>
        key => key.Role == Roles.Admin && key.Scopes.Length == 0 && key.RevokedAt == null && (key.ExpiresAt == null || key.ExpiresAt > now) && (!key.IsDemo || options.AcceptsDemoKeys);
}
