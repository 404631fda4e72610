using System.Collections.Concurrent;
using Coworking.Gateway.Access;
using Coworking.Hosting.Postgres;
using Microsoft.Extensions.Primitives;

namespace Coworking.Gateway.ApiKeys;

/// <summary>
/// Which keys are good, from memory. The database is asked once for a key, by one request for all that wait; it says itself when a key
/// changes, and after every loss of that connection everything is forgotten.
/// </summary>
internal sealed class KeyRing : IDisposable
{
    internal const string Channel = "gateway_api_keys";

    // So that a flood of invented keys takes this many connections and no more; known keys need none.
    private const int MaxQuestions = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<KeyHash, KnownKey> _known = new();
    private readonly ConcurrentDictionary<KeyHash, Lazy<Task<KnownKey?>>> _asked = new();
    private readonly RecentKeys _recent = new();

    // Of keys that were forgotten since; not more of them than there are keys, as the writer takes them every few seconds.
    private readonly ConcurrentQueue<Guid> _usesOfForgotten = new();
    private readonly UnknownKeys _unknown;
    private readonly SemaphoreSlim _questions = new(MaxQuestions);
    private readonly KeyStore _store;
    private readonly KeyBuckets _buckets;
    private readonly TimeProvider _clock;
    private readonly GatewayMetrics _metrics;
    private long _changes;

    public KeyRing(KeyStore store, KeyBuckets buckets, PostgresListener listener, TimeProvider clock, GatewayMetrics metrics)
    {
        (_store, _buckets, _clock, _metrics) = (store, buckets, clock, metrics);
        _unknown = new UnknownKeys(clock);
        listener.Subscribe(Channel, Heard);
    }

    internal int KnownCount => _known.Count;

    /// <summary>How many changes of keys it has heard of.</summary>
    internal long Changes => Volatile.Read(ref _changes);

    internal int UnknownCount => _unknown.Count;

    /// <summary>True for all that was asked before, and for what can be no key: with null where the key is unknown, revoked or expired.</summary>
    internal bool TryRecall(StringValues presented, out Visitor? visitor)
    {
        var changes = Volatile.Read(ref _changes);

        visitor = null;

        if (!KeyHash.IsShort(presented))
        {
            return true;
        }

        if (_recent.Find(presented[0]!, changes) is not { } key)
        {
            if (!KeyHash.TryOf(presented, out var hash))
            {
                return true;
            }

            if (!_known.TryGetValue(hash, out key))
            {
                return _unknown.Contains(hash);
            }

            _recent.Add(presented[0]!, key, changes);
        }

        _metrics.KeyHit();
        visitor = Use(key);
        return true;
    }

    /// <summary>Asks the database, once for all that ask at the same time.</summary>
    internal async Task<Visitor?> AskAsync(KeyHash hash, CancellationToken cancellationToken)
    {
        var asked = _asked.GetOrAdd(hash, static (hash, ring) => new Lazy<Task<KnownKey?>>(() => ring.AskDatabaseAsync(hash)), this);
        // A request that gives up leaves the question to the others that wait for it.
        var key = await asked.Value.WaitAsync(Patience, _clock, cancellationToken);
        return key is null ? null : Use(key);
    }

    /// <summary>The next use of the key asks the database.</summary>
    internal void Forget(KeyHash hash)
    {
        // First the count, then the removal: see Remember.
        Interlocked.Increment(ref _changes);
        Drop(hash);
    }

    /// <summary>Likewise all secrets of a key.</summary>
    internal void Forget(Guid id)
    {
        Interlocked.Increment(ref _changes);

        foreach (var (hash, key) in _known)
        {
            if (key.Id == id)
            {
                Drop(hash);
            }
        }
    }

    /// <summary>The keys that were used since the last call.</summary>
    internal List<Guid> TakeUses()
    {
        var used = new List<Guid>();

        while (_usesOfForgotten.TryDequeue(out var id))
        {
            used.Add(id);
        }

        foreach (var (_, key) in _known)
        {
            if (key.TakeUse())
            {
                used.Add(key.Id);
            }
            else
            {
                // Its token is the largest part of what is remembered of a key.
                key.Visitor.Rest();
            }
        }

        return used;
    }

    public void Dispose() => _questions.Dispose();

    private Visitor? Use(KnownKey key)
    {
        if (key.HasExpired(_clock))
        {
            return null;
        }

        key.MarkUsed();
        return key.Visitor;
    }

    private async Task<KnownKey?> AskDatabaseAsync(KeyHash hash)
    {
        var entered = false;

        try
        {
            entered = await _questions.WaitAsync(Patience);

            if (!entered)
            {
                throw new TimeoutException("Too many unknown keys are being looked up");
            }

            // Another question may have ended between this request's look into memory and now.
            if (_known.TryGetValue(hash, out var known) || _unknown.Contains(hash))
            {
                return known;
            }

            _metrics.KeyMiss();
            var changes = Volatile.Read(ref _changes);
            var key = await _store.FindAsync(hash) is { } row ? new KnownKey(row, _buckets.Of(row.Id, row.Role, row.Limit)) : null;
            Remember(hash, key, changes);
            return key;
        }
        finally
        {
            _asked.TryRemove(hash, out _);

            if (entered)
            {
                _questions.Release();
            }
        }
    }

    /// <summary>What was read may be stale by now: a change heard since the question would find nothing to remove, so the reader takes its own word back.</summary>
    internal void Remember(KeyHash hash, KnownKey? key, long changes)
    {
        if (key is null)
        {
            _unknown.Add(hash);
        }
        else
        {
            _known[hash] = key;
        }

        if (Volatile.Read(ref _changes) != changes)
        {
            Drop(hash);
            // Also where another question has put its own in this one's place.
            key?.Forget();
        }
    }

    private void Drop(KeyHash hash)
    {
        if (_known.TryRemove(hash, out var key))
        {
            // Not another count instead: under a flood of questions each would undo the ones beside it, without end.
            Leave(key);
        }

        _unknown.Remove(hash);
    }

    private void Heard(string? payload)
    {
        if (KeyHash.TryParse(payload, out var hash))
        {
            Forget(hash);
            return;
        }

        Interlocked.Increment(ref _changes);

        foreach (var (_, key) in _known)
        {
            Leave(key);
        }

        _known.Clear();
        _unknown.Clear();
        _buckets.Sweep();
    }

    /// <summary>It is asked for anew; that it was used is told all the same.</summary>
    private void Leave(KnownKey key)
    {
        key.Forget();

        if (key.TakeUse())
        {
            _usesOfForgotten.Enqueue(key.Id);
        }
    }
}
