using System.Text;
using System.Text.Json.Nodes;
using Coworking.Faults.Api;

namespace Coworking.Faults.Fuzz;

/// <summary>Requests for one operation: each a good one with at most one thing about it spoilt.</summary>
/// <param name="document">Says what a good one is.</param>
/// <param name="operation">Which.</param>
/// <param name="ids">What the run has made.</param>
/// <param name="key">The API key that is sent, where one is asked for.</param>
/// <param name="random">With the seed of the run.</param>
internal sealed class FuzzRequests(ApiDocument document, ApiOperation operation, Ids ids, string key, Random random)
{
    private static readonly string[] MediaTypes =
        ["text/plain", "application/xml", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "application/json; charset=none", "image/png", "*/*", "application/problem+json"];

    private static readonly string[] HeaderNames = ["if-match", "if-none-match", "idempotency-key", "accept", "last-event-id", "accept-language", "accept-encoding", "x-request-id", "traceparent", "range", "x-http-method-override", "cookie"];

    private static readonly Encoding Latin = Encoding.Latin1;

    private readonly Values _values = new(document, ids, random);

    public FuzzRequest Next()
    {
        _values.NextRequest();
        var kinds = new List<(int Weight, Func<FuzzRequest> Make)> { (30, Valid), (5, () => Odd("header", OddHeaders())) };

        if (operation.Path.Contains('{', StringComparison.Ordinal))
        {
            kinds.Add((10, () => Odd("path", path: true)));
        }

        kinds.Add((operation.Parameters.Any(parameter => parameter.In == "query") ? 25 : 5, () => Odd("query", query: true)));

        if (operation.Bodies.Count > 0)
        {
            kinds.AddRange([(8, Boundary), (8, WrongType), (7, Missing), (4, Extra), (5, () => Spoilt("huge", Hostile.Huge(random))), (6, () => Spoilt("unicode", Hostile.Text(Hostile.Unicode, random)))]);
            kinds.AddRange([(6, () => Spoilt("injection", Hostile.Text(Hostile.Injections, random))), (5, () => Spoilt("nul", Hostile.NulText(random))), (3, () => Spoilt("deep", Hostile.Deep(random)))]);
            kinds.AddRange([(6, NoJson), (4, Bytes), (4, OtherMediaType)]);
        }

        var at = random.Next(kinds.Sum(kind => kind.Weight));
        return kinds.First(kind => (at -= kind.Weight) < 0).Make();
    }

    private FuzzRequest Valid() => Request("valid", Body()?.ToJsonString());

    private FuzzRequest Boundary() => Spoilt("boundary", Hostile.Edge(random));

    private FuzzRequest WrongType() => Spoilt("wrong type", Hostile.Type(random));

    private FuzzRequest Missing()
    {
        var body = Body();

        for (var times = random.Next(1, 4); times > 0; times--)
        {
            Hostile.Remove(body, random);
        }

        return Request("missing", body?.ToJsonString());
    }

    private FuzzRequest Extra()
    {
        var body = Body();

        if (body is JsonObject members)
        {
            members[Hostile.Pick([.. Hostile.Injections, .. Hostile.Unicode, "__proto__", "$type", "id", "version", "role", "createdAt"], random)] = JsonNode.Parse(Hostile.Pick(["{}", "[]", "1", "null", "\"x\""], random));
        }

        return Request("extra", body?.ToJsonString());
    }

    private FuzzRequest Spoilt(string kind, string raw) => Request(kind, Hostile.Put(Body(), raw, random));

    private FuzzRequest NoJson() => Request("no JSON", Hostile.NoJson(Body()?.ToJsonString() ?? "{}", random));

    private FuzzRequest Bytes()
    {
        var bytes = Encoding.UTF8.GetBytes(Body()?.ToJsonString() ?? "{}");

        for (var times = random.Next(1, 8); times > 0 && bytes.Length > 0; times--)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }

        return Request("bytes", body: null) with { Body = bytes, MediaType = MediaType };
    }

    private FuzzRequest OtherMediaType() => Valid() with { Kind = "media type", MediaType = random.Next(6) == 0 ? null : Hostile.Pick(MediaTypes, random) };

    private FuzzRequest Odd(string kind, IEnumerable<(string, string)>? headers = null, bool path = false, bool query = false)
    {
        var request = Request(kind, Body()?.ToJsonString(), path, query);
        return request with { Headers = [.. request.Headers, .. headers ?? []] };
    }

    private JsonNode? Body() => operation.Bodies.Count == 0 ? null : _values.Body(operation.Bodies.Values.First());

    private string? MediaType => operation.Bodies.Count == 0 ? null : operation.Bodies.Keys.First();

    private FuzzRequest Request(string kind, string? body, bool oddPath = false, bool oddQuery = false)
    {
        var target = operation.Path;

        foreach (var parameter in operation.Parameters.Where(parameter => parameter.In == "path"))
        {
            // Not NUL: the server ends such a request before any code of ours has seen it. Mostly one of ours: an id that nobody has is answered before anything else is read.
            var value = oddPath ? OddPart().Replace("%00", "", StringComparison.Ordinal) : (random.Next(4) > 0 ? ids.ForPath(operation.Path, parameter.Name, random) : null) ?? _values.Text(parameter);
            target = target.Replace($"{{{parameter.Name}}}", oddPath ? value : Uri.EscapeDataString(value), StringComparison.Ordinal);
        }

        // Pages for people are not in the document: their errors are pages, too.
        List<(string, string)> headers = [("x-api-key", key), ("accept", "application/json")];
        headers.AddRange(operation.Parameters.Where(parameter => parameter.In == "header" && (parameter.IsRequired || random.Next(4) == 0)).Select(parameter => (parameter.Name, Ascii(_values.Text(parameter)))));

        if (operation.Path.Contains("/readings/", StringComparison.Ordinal))
        {
            headers.Add(("x-device-key", ids.Any("apiKey", random) ?? "none"));
        }

        return new FuzzRequest(operation.Method, target + Query(oddQuery), kind, headers, body is null ? null : Encoding.UTF8.GetBytes(body), body is null ? null : MediaType);
    }

    private string Query(bool isOdd)
    {
        var pairs = operation.Parameters.Where(parameter => parameter.In == "query" && (parameter.IsRequired || random.Next(isOdd ? 2 : 4) == 0))
            .Select(parameter => (Name: Uri.EscapeDataString(parameter.Name), Value: Uri.EscapeDataString(_values.Text(parameter)))).ToList();

        if (isOdd && (pairs.Count == 0 || random.Next(5) == 0))
        {
            var known = operation.Parameters.Where(parameter => parameter.In == "query").Select(parameter => parameter.Name).Append(OddPart()).ToArray();
            pairs.Add((Hostile.Pick(known, random), OddPart()));
        }
        else if (isOdd)
        {
            var at = random.Next(pairs.Count);
            pairs[at] = (pairs[at].Name, OddPart());
        }

        if (isOdd && random.Next(6) == 0)
        {
            pairs.Add(pairs[0]);
        }

        return pairs.Count == 0 ? "" : "?" + string.Join('&', pairs.Select(pair => $"{pair.Name}={pair.Value}"));
    }

    /// <summary>One part of an address, escaped so that it may stand there.</summary>
    private string OddPart() => random.Next(9) switch
    {
        0 => Uri.EscapeDataString(Hostile.Edge(random).Trim('"')),
        1 or 2 => Uri.EscapeDataString(Hostile.Pick(Hostile.Injections, random)),
        3 => Uri.EscapeDataString(Hostile.Pick(Hostile.Unicode, random)),
        4 => Hostile.Pick(["%01", "%2e%2e", "..", "%2f", "%5c", "%ff%fe", "%c0%af", "%", "%zz", "a%0d%0ab", "%25", "+", "%e2%80%8b", ";", "%3f", "%23", "~"], random),
        5 => new string('x', random.Next(100, 3_000)),
        6 => Guid.CreateVersion7().ToString("N"),
        7 => Guid.CreateVersion7().ToString("B"),
        _ => Guid.CreateVersion7().ToString().ToUpperInvariant(),
    };

    private IEnumerable<(string, string)> OddHeaders() => Enumerable.Range(0, random.Next(1, 4)).Select(_ =>
        (Hostile.Pick(HeaderNames, random), random.Next(3) switch
        {
            0 => Ascii(Hostile.Pick(Hostile.Injections, random)),
            1 => Hostile.Pick(["W/\"1\"", "\"1\"", "*", "\"", "\"99999999999999999999\"", "1", "-1", "0", "text/csv", "image/*;q=0", "", "bytes=0-1", "DELETE", "00-0-0-0", "gzip;q=x"], random),
            _ => new string('h', random.Next(1, 5_000)),
        }));

    // What no client library would let through is not our matter here: line ends and NUL.
    private static string Ascii(string text) => Latin.GetString([.. Latin.GetBytes(text).Where(one => one >= 32 && one < 127)]);
}
