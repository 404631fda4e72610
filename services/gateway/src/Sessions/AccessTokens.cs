using System.Collections.Concurrent;
using Coworking.Gateway.Access;
using Coworking.Gateway.Limits;
using Coworking.Hosting.Postgres;

namespace Coworking.Gateway.Sessions;

/// <summary>
/// Who is behind an access token, from memory: its signature is verified once, and the database asked once for its session, by one request for all that wait. The database says itself
/// when a session ends or its account changes, and after every loss of that connection everything is forgotten.
/// </summary>
internal sealed class AccessTokens : IDisposable
{
    internal const string Channel = "gateway_sessions";

    // About a kilobyte each.
    private const int MaxKnown = 20_000;

    // So that a flood of sessions takes this many connections and no more; known ones need none.
    private const int MaxQuestions = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<string, KnownToken> _tokens = new(TokenComparer.Instance);
    private readonly ConcurrentDictionary<string, KnownToken>.AlternateLookup<ReadOnlySpan<char>> _recall;
    private readonly ConcurrentDictionary<Guid, KnownSession> _sessions = new();
    private readonly ConcurrentDictionary<Guid, Lazy<Task<KnownSession>>> _asked = new();
    private readonly SemaphoreSlim _questions = new(MaxQuestions);
    private readonly AccessTokenForm _form;
    private readonly SessionStore _store;
    private readonly RateLimits _limits;
    private readonly TimeProvider _clock;
    private readonly GatewayMetrics _metrics;
    private long _changes;

    public AccessTokens(AccessTokenForm form, SessionStore store, RateLimits limits, PostgresListener listener, TimeProvider clock, GatewayMetrics metrics)
    {
        (_form, _store, _limits, _clock, _metrics) = (form, store, limits, clock, metrics);
        _recall = _tokens.GetAlternateLookup<ReadOnlySpan<char>>();
        listener.Subscribe(Channel, Heard);
    }

    /// <summary>False where <see cref="AskAsync"/> has to be asked. True with null: the token has expired, or its session has ended.</summary>
    internal bool TryRecall(ReadOnlySpan<char> token, out Visitor? visitor)
    {
        visitor = null;

        if (!_recall.TryGetValue(token, out var known) || known.Session.IsStale)
        {
            return false;
        }

        visitor = known.ExpiresAt > _clock.GetUtcNow() ? known.Session.Visitor : null;
        return true;
    }

    /// <summary>The account behind a token; null where it is none of ours, has expired, or its session has ended.</summary>
    internal async Task<Visitor?> AskAsync(string token, CancellationToken cancellationToken)
    {
        _metrics.TokenRead();

        if (_form.Read(token) is not { } claims)
        {
            return null;
        }

        var session = await SessionAsync(claims.Sid, cancellationToken);
        MakeRoom();
        _tokens[token] = new KnownToken(DateTimeOffset.FromUnixTimeSeconds(claims.Exp), session);
        return session.Visitor;
    }

    /// <summary>The account behind a session.</summary>
    internal async Task<Visitor?> OfSessionAsync(Guid sessionId, CancellationToken cancellationToken) => (await SessionAsync(sessionId, cancellationToken)).Visitor;

    /// <summary>The next use of the session asks the database.</summary>
    internal void ForgetSession(Guid sessionId)
    {
        // First the count, then the removal: a question that is under way takes its own word back.
        Interlocked.Increment(ref _changes);

        if (_sessions.TryRemove(sessionId, out var session))
        {
            session.Forget();
        }
    }

    /// <summary>The next use of any session of the account asks the database.</summary>
    internal void ForgetAccount(Guid accountId)
    {
        Interlocked.Increment(ref _changes);
        var subject = accountId.ToString();

        foreach (var (id, session) in _sessions)
        {
            if (session.Visitor?.Caller.Subject == subject)
            {
                ForgetSession(id);
            }
        }
    }

    public void Dispose() => _questions.Dispose();

    private async Task<KnownSession> SessionAsync(Guid sessionId, CancellationToken cancellationToken)
    {
        if (_sessions.TryGetValue(sessionId, out var session))
        {
            return session;
        }

        var asked = _asked.GetOrAdd(sessionId, static (id, tokens) => new Lazy<Task<KnownSession>>(() => tokens.AskDatabaseAsync(id)), this);
        // A request that gives up leaves the question to the others that wait for it.
        return await asked.Value.WaitAsync(Patience, _clock, cancellationToken);
    }

    private async Task<KnownSession> AskDatabaseAsync(Guid sessionId)
    {
        var entered = false;

        try
        {
            entered = await _questions.WaitAsync(Patience);

            if (!entered)
            {
                throw new TimeoutException("Too many unknown sessions are being looked up");
            }

            if (_sessions.Count >= MaxKnown)
            {
                ForgetAll();
            }

            var changes = Volatile.Read(ref _changes);
            var session = new KnownSession(await _store.FindAsync(sessionId) is { } caller ? _limits.OfAccount(caller, Guid.Parse(caller.Subject), sessionId) : null);
            _sessions[sessionId] = session;

            // What was read may be stale by now: a change heard since the question would find nothing to remove.
            if (Volatile.Read(ref _changes) != changes)
            {
                _sessions.TryRemove(sessionId, out _);
                session.Forget();
            }

            return session;
        }
        finally
        {
            _asked.TryRemove(sessionId, out _);

            if (entered)
            {
                _questions.Release();
            }
        }
    }

    private void MakeRoom()
    {
        if (_tokens.Count < MaxKnown)
        {
            return;
        }

        var now = _clock.GetUtcNow();

        foreach (var (token, known) in _tokens)
        {
            if (known.Session.IsStale || known.ExpiresAt <= now)
            {
                _tokens.TryRemove(token, out _);
            }
        }

        if (_tokens.Count >= MaxKnown)
        {
            ForgetAll();
        }
    }

    private void ForgetAll()
    {
        Interlocked.Increment(ref _changes);

        foreach (var session in _sessions.Values)
        {
            session.Forget();
        }

        _sessions.Clear();
        _tokens.Clear();
    }

    private void Heard(string? payload)
    {
        if (payload is { Length: 37 } && Guid.TryParseExact(payload.AsSpan(1), "D", out var id))
        {
            if (payload[0] == 's')
            {
                ForgetSession(id);
            }
            else
            {
                ForgetAccount(id);
            }

            return;
        }

        ForgetAll();
    }
}
