using Coworking.Gateway.Access;

namespace Coworking.Gateway.Sessions;

/// <summary>A session as the gate remembers it, one instance for all of its tokens.</summary>
/// <param name="visitor">Null where it has ended; none comes back to life.</param>
internal sealed class KnownSession(Visitor? visitor)
{
    private volatile bool _isStale;

    internal Visitor? Visitor => visitor;

    /// <summary>The database has said that it is another now.</summary>
    internal bool IsStale => _isStale;

    internal void Forget() => _isStale = true;
}

/// <summary>A token whose signature was found good.</summary>
/// <param name="ExpiresAt">Until when.</param>
/// <param name="Session">What is known of its session.</param>
internal sealed record KnownToken(DateTimeOffset ExpiresAt, KnownSession Session);

/// <summary>Tokens differ in their signatures: a few characters at the end are hashed, and not half a kilobyte for each request.</summary>
internal sealed class TokenComparer : IEqualityComparer<string>, IAlternateEqualityComparer<ReadOnlySpan<char>, string>
{
    internal static readonly TokenComparer Instance = new();

    private const int Tail = 16;

    public bool Equals(string? x, string? y) => string.Equals(x, y, StringComparison.Ordinal);

    public int GetHashCode(string obj) => GetHashCode(obj.AsSpan());

    public bool Equals(ReadOnlySpan<char> alternate, string other) => alternate.SequenceEqual(other);

    public int GetHashCode(ReadOnlySpan<char> alternate) => string.GetHashCode(alternate.Length > Tail ? alternate[^Tail..] : alternate, StringComparison.Ordinal);

    public string Create(ReadOnlySpan<char> alternate) => alternate.ToString();
}
