using System.Net.Http.Headers;
using System.Text;

namespace Coworking.Faults.Fuzz;

/// <summary>One request, as it goes over the wire.</summary>
/// <param name="Kind">What is wrong with it: valid, boundary, wrong type …</param>
internal sealed record FuzzRequest(string Method, string Target, string Kind, IReadOnlyList<(string Name, string Value)> Headers, byte[]? Body, string? MediaType)
{
    private const int SayBytes = 300;

    // Beyond this a server may have refused before it has read all: it is asked first.
    private const int AskFirst = 256 * 1024;

    public HttpRequestMessage ToMessage(Uri gateway)
    {
        // As written: the dots and escapes are what is tried.
        var address = new Uri($"{gateway.Scheme}://{gateway.Authority}{Target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var message = new HttpRequestMessage(new HttpMethod(Method), address);

        foreach (var (name, value) in Headers)
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        if (Body is not null)
        {
            message.Content = new ByteArrayContent(Body);
            message.Content.Headers.ContentType = MediaType is not null && MediaTypeHeaderValue.TryParse(MediaType, out var parsed) ? parsed : null;
            message.Headers.ExpectContinue = Body.Length > AskFirst;
        }

        return message;
    }

    /// <summary>For whoever wants to send it again.</summary>
    public override string ToString()
    {
        var body = Body is null ? "" : $" {MediaType ?? "no type"} {Encoding.UTF8.GetString(Body.AsSpan(0, Math.Min(SayBytes, Body.Length)))}{(Body.Length > SayBytes ? $"… ({Body.Length} bytes)" : "")}";
        var target = Target.Length > SayBytes ? Target[..SayBytes] + "…" : Target;
        return $"[{Kind}] {Method} {target}{string.Concat(Headers.Where(header => header.Name is not ("x-api-key" or "x-device-key" or "authorization")).Select(header => $" {header.Name}: {header.Value}"))}{body}";
    }
}
