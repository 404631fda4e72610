using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Coworking.Reservations.Idempotency;

/// <summary>A request that shall be done once.</summary>
/// <param name="Caller">Kind and id of the caller: another's key of the same text is another key.</param>
/// <param name="Route">The path.</param>
/// <param name="Key">What the client sent.</param>
/// <param name="Hash">Of query and body: the same key with another request is a mistake.</param>
internal sealed record RequestKey(string Caller, string Route, string Key, byte[] Hash)
{
    internal const string Header = "Idempotency-Key";
    internal const int MaxLength = 255;

    // A blank is printable; one at an end is lost on the way.
    private static readonly SearchValues<char> Printable = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c)]);

    /// <summary>What an advisory lock is taken on; two keys that share it merely wait for each other.</summary>
    internal long LockNumber => BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes($"{Caller}\n{Route}\n{Key}")));

    internal static bool IsValid(string key) => key.Length is >= 1 and <= MaxLength && !key.AsSpan().ContainsAnyExcept(Printable);

    /// <summary>Reads the whole body, and leaves it for the handler to read again.</summary>
    internal static async Task<RequestKey> ReadAsync(HttpContext context, string caller, string key, CancellationToken cancellationToken)
    {
        context.Request.EnableBuffering();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(context.Request.QueryString.Value + "\n"));
        var buffer = ArrayPool<byte>.Shared.Rent(4096);

        try
        {
            for (int read; (read = await context.Request.Body.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                hash.AppendData(buffer, 0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        context.Request.Body.Position = 0;
        return new RequestKey(caller, context.Request.Path.Value!, key, hash.GetHashAndReset());
    }
}
