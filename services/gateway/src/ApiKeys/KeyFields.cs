using System.ComponentModel.DataAnnotations;
using Coworking.Gateway.Limits;
using Coworking.Hosting.Identity;

namespace Coworking.Gateway.ApiKeys;

/// <summary>A limit of a key's own, as requests and answers say it.</summary>
/// <param name="PerMinute">Requests a minute.</param>
/// <param name="Burst">Requests at once; absent: ten seconds' worth, and at least 1,000 for ADMIN.</param>
internal sealed record KeyLimit([property: Required, Range(1, Rate.MaxPerMinute)] int? PerMinute, [property: Range(1, Rate.MaxBurst)] int? Burst)
{
    internal Rate ToRate(string role)
    {
        var otherwise = Rate.Of(PerMinute!.Value, role == Roles.Admin ? Rate.AdminBurst : 1);
        return otherwise with { Burst = Burst ?? otherwise.Burst };
    }

    internal bool IsWellFormed => PerMinute is >= 1 and <= Rate.MaxPerMinute && Burst is null or (>= 1 and <= Rate.MaxBurst);
}

/// <summary>What may be said of a key when it is made and changed later.</summary>
/// <param name="Label">What people call it.</param>
/// <param name="Scopes">Null or empty: everything its role may.</param>
/// <param name="ExpiresAt">Null: never.</param>
/// <param name="Limit">Null: its role's.</param>
internal sealed record KeyFields(string? Label, IReadOnlyList<string?>? Scopes, DateTimeOffset? ExpiresAt, KeyLimit? Limit)
{
    internal const int MaxLabel = 200;

    /// <summary>Adds what is wrong, by member.</summary>
    /// <param name="errors">Member to sentences.</param>
    /// <param name="isExpiryNew">False where it stands already, in the past perhaps.</param>
    /// <param name="now">The present.</param>
    internal void Check(Dictionary<string, string[]> errors, bool isExpiryNew, DateTimeOffset now)
    {
        Check(errors, "label", Label is null || (Label.EnumerateRunes().Count() is >= 1 and <= MaxLabel && !Label.Contains('\0')), $"label must have 1 to {MaxLabel} characters");
        Check(errors, "scopes", Scopes is null || (Scopes.Count <= KeyScopes.MaxCount && Scopes.All(KeyScopes.IsWellFormed)),
            $"scopes must be at most {KeyScopes.MaxCount} of read, write, or an area with either, e.g. bookings:write");
        Check(errors, "expiresAt", !isExpiryNew || ExpiresAt is null || ExpiresAt > now, "expiresAt must be in the future");
        Check(errors, "limit", Limit is null || Limit.IsWellFormed, $"limit must have perMinute from 1 to {Rate.MaxPerMinute}, and burst from 1 to {Rate.MaxBurst} if any");
    }

    internal static void Check(Dictionary<string, string[]> errors, string field, bool good, string sentence)
    {
        if (!good)
        {
            errors.TryAdd(field, [sentence]);
        }
    }
}
