using System.Text;
using Microsoft.Net.Http.Headers;

namespace Coworking.Hosting.Http;

/// <summary>Bodies in a charset that nobody knows: the framework takes one for a mistake of ours, and would answer 500.</summary>
internal static class Charsets
{
    internal static bool IsUnknown(string? contentType)
    {
        if (!MediaTypeHeaderValue.TryParse(contentType, out var type) || type.Charset.Length == 0)
        {
            return false;
        }

        try
        {
            // With its quotes, where it has any: the framework knows no encoding of that name either.
            _ = Encoding.GetEncoding(type.Charset.ToString());
            return false;
        }
        catch (ArgumentException)
        {
            return true;
        }
    }
}
