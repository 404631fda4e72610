using System.Text.Json;
using System.Text.Json.Nodes;

namespace Coworking.Faults.Fuzz;

/// <summary>What no honest client sends.</summary>
internal static class Hostile
{
    public static readonly string[] Injections =
    [
        "' or 1=1--", "'; drop table bookings;--", "\" onload=alert(1)", "<script>alert(1)</script>", "${jndi:ldap://x}", "{{7*7}}", "$(id)", "`id`", "../../../../etc/passwd", "..\\..\\",
        "%s%n%x", "%00", "a\r\nx-injected: 1", "$where", "*)(uid=*", "\\", "%", "_", "null", "undefined", "NaN", "-0", "true", "[]", "{}", "0x10", "1e5", " ", "\t", "=cmd|' /C calc'!A1",
    ];

    public static readonly string[] Unicode =
    [
        "😀", "ﷺ", "e\u0301", "\u202Eevil", "\u200B", "\uFEFF", "ﬀ", "İ", "ß", "\u0001", "\u007F", "\u0085", "\u2028", "\uFFFF", "\uFFFD", "𝟙", "１２", "٣", "a\u0300\u0301\u0302", "🏳️‍🌈@例え.jp",
    ];

    public static readonly string[] Edges =
    [
        "0", "-1", "1", "2147483647", "2147483648", "-2147483649", "9223372036854775807", "9223372036854775808", "1e308", "1e400", "-1e400", "0.1", "1.0", "1E2", "-0", "1e-400",
        "\"\"", "\"0001-01-01T00:00:00Z\"", "\"9999-12-31T23:59:59.999Z\"", "\"9999-12-31T23:59:59-14:00\"", "\"0001-01-01T00:00:00+14:00\"", "\"2026-02-29T00:00:00Z\"", "\"2026-03-08T02:30:00\"",
        "\"0000-00-00\"", "\"9999-12-31\"", "\"0001-01-01\"", "\"24:00\"", "\"23:59:60\"", "\"00000000-0000-0000-0000-000000000000\"", "\"ffffffff-ffff-ffff-ffff-ffffffffffff\"",
    ];

    private static readonly string[] Types = ["true", "false", "17", "-1.5", "\"text\"", "[]", "{}", "null", "[[]]", "{\"x\":1}", "[null]", "[{}]", "\"17\"", "\"true\""];

    private static readonly string[] Nul = ["\"\\u0000\"", "\"a\\u0000b\"", "\"\\ud800\"", "\"\\udc00x\"", "\"\\ud83d\\u0000\""];

    public static string Edge(Random random) => Pick(Edges, random);

    public static string Type(Random random) => Pick(Types, random);

    public static string NulText(Random random) => Pick(Nul, random);

    public static string Text(string[] words, Random random) => JsonSerializer.Serialize(Pick(words, random) + (random.Next(3) == 0 ? Pick(words, random) : ""));

    public static string Pick(string[] words, Random random) => words[random.Next(words.Length)];

    /// <summary>Long, but below the bound of a body; beyond it now and then.</summary>
    public static string Huge(Random random) => random.Next(5) switch
    {
        0 => $"\"{new string('x', random.Next(200, 3_000))}\"",
        1 => $"\"{new string('é', random.Next(10_000, 100_000))}\"",
        2 => $"[{string.Join(',', Enumerable.Repeat("1", random.Next(1_000, 50_000)))}]",
        3 => new string('9', random.Next(20, 2_000)),
        _ => $"{{{string.Join(',', Enumerable.Range(0, random.Next(100, 5_000)).Select(n => $"\"m{n}\":{n}"))}}}",
    };

    public static string Deep(Random random)
    {
        var depth = random.Next(10, 5_000);
        return random.Next(2) == 0
            ? new string('[', depth) + new string(']', depth)
            : string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth);
    }

    /// <summary>A whole body that is no JSON, or not the one that is meant.</summary>
    public static string NoJson(string body, Random random) => random.Next(10) switch
    {
        0 => "",
        1 => body[..random.Next(0, body.Length + 1)],
        2 => body + body,
        3 => body + "}",
        4 => "\uFEFF" + body,
        5 => body.Replace("\":", "\" :,", StringComparison.Ordinal),
        6 => "// a comment\n" + body,
        7 => $"[{body}]",
        8 => body.Replace('"', '\''),
        _ => "a=1&b=2",
    };

    /// <summary>Puts raw JSON, which no tree could hold, in the place of one value of a tree.</summary>
    public static string Put(JsonNode? body, string raw, Random random)
    {
        const string mark = "@@here@@";
        var places = Places(body).ToList();

        if (places.Count == 0)
        {
            return raw;
        }

        var (parent, key) = places[random.Next(places.Count)];

        if (parent is JsonObject members)
        {
            members[(string)key] = mark;
        }
        else
        {
            ((JsonArray)parent)[(int)key] = mark;
        }

        return body!.ToJsonString().Replace($"\"{mark}\"", raw, StringComparison.Ordinal);
    }

    public static void Remove(JsonNode? body, Random random)
    {
        var places = Places(body).Where(place => place.Parent is JsonObject).ToList();

        if (places.Count > 0)
        {
            var (parent, key) = places[random.Next(places.Count)];
            ((JsonObject)parent).Remove((string)key);
        }
    }

    private static IEnumerable<(JsonNode Parent, object Key)> Places(JsonNode? node) => node switch
    {
        JsonObject members => members.Select(pair => ((JsonNode)members, (object)pair.Key)).Concat(members.ToArray().SelectMany(pair => Places(pair.Value))),
        JsonArray items => Enumerable.Range(0, items.Count).Select(index => ((JsonNode)items, (object)index)).Concat(items.ToArray().SelectMany(Places)),
        _ => [],
    };
}
