using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace Coworking.Reservations.Waitlist;

/// <summary>The secret of an offer: whoever has it may answer. Offers keep only its hash; the link stands in the notice until its mail has been sent, or the hold has ended.</summary>
/// <param name="Text">As it stands in the link; 43 characters.</param>
/// <param name="Hash">SHA-256 of its bytes. A fast hash will do for 256 random bits.</param>
internal sealed record OfferToken(string Text, byte[] Hash)
{
    private const int Bytes = 32;

    internal static OfferToken New()
    {
        var secret = RandomNumberGenerator.GetBytes(Bytes);
        return new OfferToken(Base64Url.EncodeToString(secret), SHA256.HashData(secret));
    }

    /// <summary>The token that a link carries; null where it cannot be one.</summary>
    internal static OfferToken? Parse(string text)
    {
        Span<byte> secret = stackalloc byte[Bytes + 1];
        // A spare bit in the last character would make several texts of one secret: only the one that was given out is it.
        return Base64Url.DecodeFromChars(text, secret, out _, out var written) == OperationStatus.Done && written == Bytes && Base64Url.EncodeToString(secret[..Bytes]) == text
            ? new OfferToken(text, SHA256.HashData(secret[..Bytes]))
            : null;
    }
}
