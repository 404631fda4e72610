using Coworking.Gateway.Access;
using Coworking.Hosting.OpenApi;

namespace Coworking.Gateway.ApiKeys;

/// <summary>What the document says of keys.</summary>
internal static class ApiKeysDescribed
{
    private const string Id = "0199d2a4-7c1e-7b60-9f0a-5d2c8f3e1a80";

    private const string Row = $$"""
        {"id":"{{Id}}","role":"USER","label":"Front desk","scopes":["bookings:write"],"createdAt":"2099-01-02T10:00:00.000Z","expiresAt":null,"lastUsedAt":null,
        "limit":{"perMinute":1200,"burst":null},"rotatedAt":null}
        """;

    internal static readonly Operation List = new("Lists API keys") { Description = "Those that are not revoked; no list ever shows a key.", Gives = Examples.Page(Row) };

    internal static readonly Operation Get = new("Reads an API key") { Id = "GetApiKey", Gives = Row, Refuses = [ApiKeyRefusals.NotFound] };

    internal static readonly Operation Create = new("Makes an API key")
    {
        Description = "The key is answered here and never again. Without scopes it may do everything that its role may.",
        Takes = """{"role":"USER","label":"Front desk","scopes":["bookings:write"],"limit":{"perMinute":1200}}""",
        Gives = $$"""
            {"id":"{{Id}}","key":"cw_0199d2a47c1e7b609f0a5d2c8f3e1a80_secret","role":"USER","label":"Front desk","scopes":["bookings:write"],
            "createdAt":"2099-01-02T10:00:00.000Z","expiresAt":null,"limit":{"perMinute":1200,"burst":null} }
            """,
        Refuses = [ApiKeyRefusals.Exists],
    };

    internal static readonly Operation Change = new("Changes an API key")
    {
        Description = "Only what is named changes. Its role stays what it is.",
        Takes = """{"label":"Reception","expiresAt":"2099-12-31T23:59:59Z"}""",
        Gives = Row,
        Refuses = [ApiKeyRefusals.NotFound, ApiKeyRefusals.LastAdmin],
    };

    internal static readonly Operation Rotate = new("Gives an API key a new secret")
    {
        Description = "The old ones are good for the overlap, at most.",
        Takes = """{"overlapMinutes":60}""",
        Gives = $$"""
            {"id":"{{Id}}","key":"cw_0199d2a47c1e7b609f0a5d2c8f3e1a80_newsecret","role":"USER","rotatedAt":"2099-01-02T10:00:00.000Z",
            "previousGoodUntil":"2099-01-02T11:00:00.000Z"}
            """,
        Refuses = [ApiKeyRefusals.NotFound, ApiKeyRefusals.Expired, ApiKeyRefusals.Demo],
    };

    internal static readonly Operation Validate = new("Tells the role and the scopes of an API key")
    {
        Description = "Of the one in the body, else of the one in x-api-key.",
        Takes = """{"key":"cw_0199d2a47c1e7b609f0a5d2c8f3e1a80_secret"}""",
        Gives = """{"valid":true,"role":"USER","scopes":["bookings:write"]}""",
        Refuses = [AccessRefusals.MissingKey, AccessRefusals.InvalidKey],
    };

    internal static readonly Operation Revoke = new("Revokes an API key")
    {
        Description = "It is refused everywhere within two seconds.",
        Refuses = [ApiKeyRefusals.NotFound, ApiKeyRefusals.LastAdmin],
    };
}
