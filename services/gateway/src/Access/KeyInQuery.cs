using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace Coworking.Gateway.Access;

/// <summary>?key= and ?ticket= of the stream: taken out of the query, so that they reach no service, no log and no trace behind the gate.</summary>
internal static class KeyInQuery
{
    private const string Key = "key";
    private const string Ticket = "ticket";

    internal static (StringValues Keys, StringValues Tickets) Take(HttpRequest request)
    {
        var (keys, tickets) = (StringValues.Empty, StringValues.Empty);
        var rest = new StringBuilder();

        // By the decoded name: ?%6bey= is the same parameter to everyone who reads it after us. The others stay byte for byte.
        foreach (var pair in new QueryStringEnumerable(request.QueryString.Value))
        {
            var name = pair.DecodeName().Span;

            if (name.Equals(Key, StringComparison.OrdinalIgnoreCase))
            {
                keys = StringValues.Concat(keys, pair.DecodeValue().ToString());
            }
            else if (name.Equals(Ticket, StringComparison.OrdinalIgnoreCase))
            {
                tickets = StringValues.Concat(tickets, pair.DecodeValue().ToString());
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

        if (keys.Count + tickets.Count > 0)
        {
            request.QueryString = new QueryString(rest.ToString());
        }

        return (keys, tickets);
    }
}
