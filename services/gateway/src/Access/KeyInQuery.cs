using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace Coworking.Gateway.Access;

/// <summary>?key= of the stream: taken out of the query, so that it reaches no service, no log and no trace behind the gate.</summary>
internal static class KeyInQuery
{
    private const string Name = "key";

    internal static StringValues Take(HttpRequest request)
    {
        var keys = StringValues.Empty;
        var rest = new StringBuilder();

        // By the decoded name: ?%6bey= is the same parameter to everyone who reads it after us. The others stay byte for byte.
        foreach (var pair in new QueryStringEnumerable(request.QueryString.Value))
        {
            if (pair.DecodeName().Span.Equals(Name, StringComparison.OrdinalIgnoreCase))
            {
                keys = StringValues.Concat(keys, pair.DecodeValue().ToString());
            }
            else
            {
                rest.Append(rest.Length == 0 ? '?' : '&').Append(pair.EncodedName);

                if (!pair.EncodedValue.IsEmpty)
                {
                    rest.Append('=').Append(pair.EncodedValue);
                }
            }
        }

        if (keys.Count > 0)
        {
            request.QueryString = new QueryString(rest.ToString());
        }

        return keys;
    }
}
