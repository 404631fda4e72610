using System.Buffers.Binary;
using System.Security.Cryptography;
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

    private static readonly byte[] NoSalt = new byte[16];

    private readonly int _rounds;
    private readonly PasswordHasher<object> _hasher;
    private readonly Lazy<string> _dummy;
    private readonly SemaphoreSlim _turns;
    private readonly GatewayMetrics _metrics;
    private int _waiting;

    public Passwords(AccountOptions options, GatewayMetrics metrics)
    {
        _rounds = options.PasswordIterations;
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

        // An account that was not opened since the rounds were raised would else be told by its haste.
        if (result == PasswordVerificationResult.Failed && hash is not null && RoundsMissing(hash, _rounds) is > 0 and var missing)
        {
            _ = Rfc2898DeriveBytes.Pbkdf2(password, NoSalt, missing, HashAlgorithmName.SHA512, 32);
        }

        return hash is null ? PasswordVerdict.Wrong
            : result == PasswordVerificationResult.Success ? PasswordVerdict.Right
            : result == PasswordVerificationResult.SuccessRehashNeeded ? PasswordVerdict.RightButWeak
            : PasswordVerdict.Wrong;
    }

    /// <summary>By how many rounds a hash is weaker than is asked for. They stand behind its form (a byte) and its function (four), in the order of the network.</summary>
    internal static int RoundsMissing(string hash, int rounds)
    {
        Span<byte> bytes = stackalloc byte[128];
        return Convert.TryFromBase64String(hash, bytes, out var length) && length >= 9 ? rounds - BinaryPrimitives.ReadInt32BigEndian(bytes[5..]) : 0;
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
