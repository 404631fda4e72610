using Coworking.Hosting.Problems;

namespace Coworking.Hosting.Http;

/// <summary>An id in the path: a UUID, or 400 with a sentence (a route constraint would answer 404 instead).</summary>
/// <param name="Value">The id.</param>
public readonly record struct RouteId(Guid Value) : IParsable<RouteId>
{
    /// <summary>So that handlers pass it on as the id it is.</summary>
    public static implicit operator Guid(RouteId id) => id.Value;

    /// <inheritdoc/>
    public static RouteId Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException();

    /// <inheritdoc/>
    /// <exception cref="RefusedRequestException">It is no UUID.</exception>
    public static bool TryParse(string? s, IFormatProvider? provider, out RouteId result)
    {
        if (!Guid.TryParseExact(s, "D", out var id))
        {
            throw new RefusedRequestException(Refusal.Field("id", "id must be a valid UUID"));
        }

        result = new RouteId(id);
        return true;
    }
}
