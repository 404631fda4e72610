using System.Diagnostics.Metrics;

namespace Coworking.Gateway;

/// <summary>What the gateway counts beyond what the framework counts already.</summary>
internal sealed class GatewayMetrics
{
    internal const string MeterName = "Coworking.Gateway";

    private static readonly KeyValuePair<string, object?> Hit = new("result", "hit");
    private static readonly KeyValuePair<string, object?> Miss = new("result", "miss");
    private static readonly KeyValuePair<string, object?> Refused = new("result", "refused");

    private readonly Counter<long> _lookups;
    private readonly Counter<long> _limited;
    private readonly Counter<long> _passwordHashes;
    private readonly Counter<long> _tokensRead;
    private readonly Counter<long> _upstreamFailures;

    public GatewayMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _lookups = meter.CreateCounter<long>("coworking.gateway.key_lookups", description: "API keys looked up: hit (from memory), miss (asked the database), refused (unknown, expired, revoked)");
        _limited = meter.CreateCounter<long>("coworking.gateway.limited", description: "Requests answered 429");
        _passwordHashes = meter.CreateCounter<long>("coworking.gateway.password_hashes", description: "Passwords hashed, each of which takes a core for a tenth of a second");
        _tokensRead = meter.CreateCounter<long>("coworking.gateway.tokens_read", description: "Access tokens whose signature was verified; those that are known need it no more");
        _upstreamFailures = meter.CreateCounter<long>("coworking.gateway.upstream_failures", description: "Requests that a service did not answer, by cluster and error");
    }

    internal void KeyHit() => _lookups.Add(1, Hit);

    internal void KeyMiss() => _lookups.Add(1, Miss);

    internal void KeyRefused() => _lookups.Add(1, Refused);

    internal void LimitRefused() => _limited.Add(1);

    internal void PasswordHashed() => _passwordHashes.Add(1);

    internal void TokenRead() => _tokensRead.Add(1);

    internal void UpstreamFailed(string? cluster, string error) =>
        _upstreamFailures.Add(1, new KeyValuePair<string, object?>("cluster", cluster), new KeyValuePair<string, object?>("error", error));
}
