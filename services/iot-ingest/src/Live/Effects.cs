using System.Text.Json;
using Coworking.Hosting.Json;
using Coworking.Hosting.Messaging;
using Npgsql;

namespace Coworking.IotIngest.Live;

/// <summary>What a transaction tells others, gathered while it runs and written just before it commits: bus messages, live events, and the notice that wakes the replicas.</summary>
internal sealed class Effects(DateTimeOffset now)
{
    /// <summary>Payload "e": live events were added; "t" and keys: these spaces have a newer sample.</summary>
    public const string Channel = "iot_live";

    // pg_notify takes at most 8,000 bytes.
    private const int MaxPayload = 7900;

    // Names the lock that makes the ids of live events follow commit order.
    private const long EventOrder = 7202;

    private readonly List<OutboxMessage> _messages = [];
    private readonly List<(string Name, Guid SpaceId, Guid LocationId, string Data)> _events = [];
    private readonly List<int> _touched = [];

    public DateTimeOffset Now { get; } = now;

    /// <summary>The traceparent of what is being judged; null for the trace of the code that runs.</summary>
    public string? Cause { get; set; }

    public void Say(Guid messageId, object message) => _messages.Add(OutboxMessage.Of(message, messageId, Now, Cause));

    public void Show(string name, Guid spaceId, Guid locationId, object data) =>
        _events.Add((name, spaceId, locationId, JsonSerializer.Serialize(data, JsonSetup.Wire)));

    public void Touch(int spaceKey) => _touched.Add(spaceKey);

    public async Task WriteAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        AddWrites(batch);

        if (batch.BatchCommands.Count > 0)
        {
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <summary>The last statements before the commit: the lock on the order of events is held from here on.</summary>
    public void AddWrites(NpgsqlBatch batch)
    {
        if (_messages.Count > 0)
        {
            batch.BatchCommands.Add(OutboxCommand());
        }

        if (_events.Count > 0)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand($"select pg_advisory_xact_lock({EventOrder})"));
            batch.BatchCommands.Add(EventsCommand());
        }

        var notices = Notices();

        if (notices.Count > 0)
        {
            var notify = new NpgsqlBatchCommand($"select pg_notify('{Channel}', payload) from unnest($1::text[]) as payload");
            notify.Parameters.Add(new() { Value = notices });
            batch.BatchCommands.Add(notify);
        }
    }

    private NpgsqlBatchCommand OutboxCommand()
    {
        var command = new NpgsqlBatchCommand("""
            insert into outbox_messages (message_id, type, body, occurred_at, trace_parent)
            select * from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::text[])
            """);
        command.Parameters.Add(new() { Value = _messages.ConvertAll(message => message.MessageId) });
        command.Parameters.Add(new() { Value = _messages.ConvertAll(message => message.Type) });
        command.Parameters.Add(new() { Value = _messages.ConvertAll(message => message.Body) });
        command.Parameters.Add(new() { Value = _messages.ConvertAll(message => message.OccurredAt.UtcDateTime) });
        command.Parameters.Add(new NpgsqlParameter<List<string?>> { TypedValue = _messages.ConvertAll(message => message.TraceParent) });
        return command;
    }

    private NpgsqlBatchCommand EventsCommand()
    {
        var command = new NpgsqlBatchCommand("""
            insert into live_events (name, space_id, location_id, data)
            select * from unnest($1::text[], $2::uuid[], $3::uuid[], $4::text[])
            """);
        command.Parameters.Add(new() { Value = _events.ConvertAll(e => e.Name) });
        command.Parameters.Add(new() { Value = _events.ConvertAll(e => e.SpaceId) });
        command.Parameters.Add(new() { Value = _events.ConvertAll(e => e.LocationId) });
        command.Parameters.Add(new() { Value = _events.ConvertAll(e => e.Data) });
        return command;
    }

    private List<string> Notices()
    {
        var notices = new List<string>();

        if (_events.Count > 0)
        {
            notices.Add("e");
        }

        var text = new System.Text.StringBuilder();

        foreach (var key in _touched)
        {
            text.Append(text.Length == 0 ? 't' : ',').Append(key);

            if (text.Length > MaxPayload - 12)
            {
                notices.Add(text.ToString());
                text.Clear();
            }
        }

        if (text.Length > 0)
        {
            notices.Add(text.ToString());
        }

        return notices;
    }
}
