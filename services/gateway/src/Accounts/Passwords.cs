using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Coworking.Gateway.Accounts;

/// <summary>What became of a password that was held against a hash.</summary>
internal enum PasswordVerdict
{
    Wrong,
    Right,

    /// <summary>Right, and hashed more weakly than is asked for today.</summary>
    RightButWeak,

    /// <summary>Nobody had time to look.</summary>
    Busy,
}

/// <summary>
/// Hashes passwords, a few at a time: hashing is slow on purpose, and whoever sends many sign-ins must not take the cores from the requests that pass.
/// Who finds the queue full, or waits too long in it, is asked to come again.
/// </summary>
internal sealed class Passwords : IDisposable
{
    internal const int MinLength = 8;

    /// <summary>Longer ones add no strength, and each character is hashed.</summary>
    internal const int MaxLength = 128;

    internal const string Rule = "must have 8 to 128 characters, among them a lower-case letter, an upper-case letter and a digit";

    private const int MaxWaiting = 32;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // Nothing of the account goes into its hash.
    private static readonly object Nobody = new();

    private readonly PasswordHasher<object> _hasher;
    private readonly Lazy<string> _dummy;
    private readonly SemaphoreSlim _turns;
    private readonly GatewayMetrics _metrics;
    private int _waiting;

    public Passwords(AccountOptions options, GatewayMetrics metrics)
    {
        _hasher = new PasswordHasher<object>(Options.Create(new PasswordHasherOptions { IterationCount = options.PasswordIterations }));
        _dummy = new Lazy<string>(() => _hasher.HashPassword(Nobody, Guid.CreateVersion7().ToString()));
        _turns = new SemaphoreSlim(options.HashesAtOnce);
        _metrics = metrics;
    }

    internal static bool IsStrong(string? password) =>
        password is { Length: >= MinLength and <= MaxLength } && password.Any(char.IsLower) && password.Any(char.IsUpper) && password.Any(char.IsDigit);

    /// <summary>The hash of a new password; null where nobody had time.</summary>
    internal async Task<string?> HashAsync(string password, CancellationToken cancellationToken)
    {
        using var turn = await TakeTurnAsync(cancellationToken);
        return turn is null ? null : _hasher.HashPassword(Nobody, password);
    }

    /// <summary>Without a hash the same work is done, and the answer is wrong: how long it takes tells nobody whether there is an account.</summary>
    internal async Task<PasswordVerdict> VerifyAsync(string? hash, string password, CancellationToken cancellationToken)
    {
        using var turn = await TakeTurnAsync(cancellationToken);

        if (turn is null)
        {
            return PasswordVerdict.Busy;
        }

        var result = _hasher.VerifyHashedPassword(Nobody, hash ?? _dummy.Value, password);
        return hash is null ? PasswordVerdict.Wrong
            : result == PasswordVerificationResult.Success ? PasswordVerdict.Right
            : result == PasswordVerificationResult.SuccessRehashNeeded ? PasswordVerdict.RightButWeak
            : PasswordVerdict.Wrong;
    }

    public void Dispose() => _turns.Dispose();

    private async Task<Turn?> TakeTurnAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (Interlocked.Increment(ref _waiting) > MaxWaiting || !await _turns.WaitAsync(Patience, cancellationToken))
            {
                return null;
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }

        _metrics.PasswordHashed();
        return new Turn(_turns);
    }

    private sealed class Turn(SemaphoreSlim turns) : IDisposable
    {
        public void Dispose() => turns.Release();
    }
}
