using System.Text;
using Coworking.Hosting.Leases;
using Coworking.IotIngest.Ingest;
using Coworking.IotIngest.Readings;
using Npgsql;

namespace Coworking.IotIngest.Rejections;

/// <summary>Takes messages in again that came before their space was known, if that happens within ten minutes; then their rows go. One replica at a time.</summary>
internal sealed class Redrive(NpgsqlDataSource database, IngestQueue queue, MessageDecoder decoder, LeaseStore leases, TimeProvider clock, ILogger<Redrive> log)
    : LeasedService("redrive", leases, clock, log)
{
    // At most 16 KiB each; as Due has it.
    private const int Window = 500;

    // Space by space by the index, so that it costs the same however many come from spaces that are not known; nothing at all where there are none.
    internal const string Due = """
        select r.id, r.topic, r.payload from spaces s cross join lateral (
            select id, topic, payload from rejected_readings
            where reason = 'unknown_space' and lower(split_part(topic, '/', 4)) = s.id::text and received_at > now() - $1 order by received_at limit 500) r
        where not s.removed and exists (select from rejected_readings where reason = 'unknown_space' and received_at > now() - $1)
        order by r.id limit 500
        """;

    private static readonly TimeSpan Within = TimeSpan.FromMinutes(10);

    // Nothing waits for these messages but their windows; the query finds an empty index nearly always.
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    private readonly TimeProvider _clock = clock;

    /// <summary>One window of them; answers how many were taken in.</summary>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var items = new List<(long Id, IngestItem Item)>();

        foreach (var (id, topic, payload) in await DueAsync(cancellationToken))
        {
            var item = decoder.Decode(topic, payload);

            // This replica has not heard of the space yet: another time.
            if (item.Rejected?.Rejection.Reason != Rejection.UnknownSpace)
            {
                items.Add((id, item));
            }
        }

        if (items.Count == 0)
        {
            return 0;
        }

        var source = new Source(items.Count);

        foreach (var (_, item) in items)
        {
            await queue.WriteAsync(item with { Source = source, ReceivedAt = _clock.GetTimestamp() }, cancellationToken);
        }

        // A crash before the rows go takes them in twice, and a copy of a reading changes nothing.
        await source.Done.WaitAsync(cancellationToken);
        await using var delete = database.CreateCommand("delete from rejected_readings where id = any($1)");
        delete.Parameters.Add(new() { Value = items.ConvertAll(item => item.Id) });
        await delete.ExecuteNonQueryAsync(cancellationToken);
        IotIngestLog.Redriven(log, items.Count);
        return items.Count;
    }

    protected override async Task RunWhileHeldAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                while (await RunOnceAsync(cancellationToken) == Window)
                {
                    // A full window: more is waiting.
                }
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException)
            {
                IotIngestLog.RedriveDelayed(log, e.Message);
            }

            await Task.Delay(Every, _clock, cancellationToken);
        }
    }

    private async Task<List<(long Id, byte[] Topic, byte[] Payload)>> DueAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(Due);
        command.Parameters.Add(new() { Value = Within });
        var due = new List<(long, byte[], byte[])>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            due.Add((reader.GetInt64(0), Encoding.UTF8.GetBytes(reader.GetString(1)), reader.GetFieldValue<byte[]>(2)));
        }

        return due;
    }

    /// <summary>Complete when the last of so many is committed.</summary>
    private sealed class Source(int count) : IngestSource
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = count;

        public Task Done => _done.Task;

        public override bool HasCommitted => false;

        public override void Committed(in IngestItem item, Batch batch)
        {
            if (--_left == 0)
            {
                _done.SetResult();
            }
        }

        public override ValueTask AcknowledgeAsync() => ValueTask.CompletedTask;
    }
}
