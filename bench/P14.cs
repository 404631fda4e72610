using System.Diagnostics;
using System.Globalization;
using Coworking.Hosting.Messaging;
using Coworking.Local;
using RabbitMQ.Client;

namespace Coworking.Bench;

/// <summary>P14: how fast a waiting outbox reaches RabbitMQ, against MassTransit alone, which reads and deletes no rows.</summary>
internal sealed class P14
{
    private const string OurQueue = "iot-ingest-bookings";
    private const string PeerQueue = "bare-publish";

    private readonly Stage _stage;
    private readonly IChannel _channel;
    private readonly Proxy _peer;
    private readonly int _count;

    private P14(Stage stage, IChannel channel, Proxy peer, int count) => (_stage, _channel, _peer, _count) = (stage, channel, peer, count);

    public static async Task<bool> RunAsync(RunOptions options, CancellationToken cancellationToken)
    {
        await using var stage = await Stage.StartAsync(cancellationToken);
        var bus = stage.Servers.Rabbit.Uri();
        await using var connection = await new ConnectionFactory { Uri = bus }.CreateConnectionAsync(cancellationToken);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        await channel.ExchangeDeclareAsync(BarePublish.Exchange, ExchangeType.Fanout, durable: true, cancellationToken: cancellationToken);
        await channel.QueueDeclareAsync(
            PeerQueue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" }, cancellationToken: cancellationToken);
        await channel.QueueBindAsync(PeerQueue, BarePublish.Exchange, "", cancellationToken: cancellationToken);
        // Whoever hears the messages would be measured with them: they stay in its queue.
        stage.Platform.IotIngestProcess.Kill();
        var port = Ports.Free();
        await using var peer = await Proxy.StartAsync(
            port, [.. OwnProgram.Words, BarePublish.Verb, port.ToString(CultureInfo.InvariantCulture), bus.AbsoluteUri], new Dictionary<string, string>(), GatewayStage.Runtime, beside: null, cancellationToken);
        var run = new P14(stage, channel, peer, options.Pick(5_000, 100_000, 100_000));
        var plan = new Plan
        {
            Id = "P14",
            Title = "outbox to RabbitMQ, confirmed",
            What = string.Create(CultureInfo.InvariantCulture, $"""
                {run._count} rows of BookingPlaced are committed into reservations' outbox at once; from then until the last one is deleted, which is after RabbitMQ has confirmed it. Each stays in a quorum queue, where they are
                counted afterwards. Peer: a process that publishes as many of the same message by MassTransit 8, in windows of 1,000 that are confirmed, to a quorum queue of its own: no rows are read or deleted.
                """),
            Unit = "messages/s",
            Goal = new Goal(0.9, 1.0, AtLeast: true),
            OursName = "outbox",
            PeerName = "MassTransit alone",
        };
        return await Comparison.RunAsync(plan, options, _ => run.OursAsync(cancellationToken), _ => run.PeerAsync(cancellationToken), cancellationToken);
    }

    private async Task<Measured> OursAsync(CancellationToken cancellationToken)
    {
        await ReadyAsync(OurQueue, cancellationToken);
        var processes = Processes("reservations", _stage.Platform.ReservationsProcess.Id);
        await OutboxRows.AddAsync(_stage, "reservations.outbox_messages", _count, cancellationToken);
        var (before, watch) = (CpuTime.Of(processes), Stopwatch.StartNew());
        await Wait.UntilAsync(
            async () =>
            {
                // Asked seldom: past the deleted rows the look is not free.
                await Task.Delay(TimeSpan.FromMilliseconds(75), cancellationToken);
                return await _stage.CountAsync("select count(*) from (select from reservations.outbox_messages limit 1) one", cancellationToken) == 0;
            },
            TimeSpan.FromSeconds(120),
            "the outbox is empty",
            cancellationToken);
        return await CountedAsync(OurQueue, watch.Elapsed.TotalSeconds, CpuTime.Since(before, CpuTime.Of(processes)), cancellationToken);
    }

    private async Task<Measured> PeerAsync(CancellationToken cancellationToken)
    {
        await ReadyAsync(PeerQueue, cancellationToken);
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(120) };
        var processes = Processes("MassTransit alone", _peer.ProcessId);
        var before = CpuTime.Of(processes);
        using var answer = await http.PostAsync(new Uri(_peer.Address, $"?count={_count.ToString(CultureInfo.InvariantCulture)}"), content: null, cancellationToken);
        var seconds = double.Parse(await answer.Content.ReadAsStringAsync(cancellationToken), CultureInfo.InvariantCulture);
        return await CountedAsync(PeerQueue, seconds, CpuTime.Since(before, CpuTime.Of(processes)), cancellationToken);
    }

    private async Task ReadyAsync(string queue, CancellationToken cancellationToken)
    {
        await _channel.QueuePurgeAsync(queue, cancellationToken);
        await _stage.ExecuteAsync("vacuum reservations.outbox_messages", cancellationToken);
        await _stage.ExecuteAsync("checkpoint", cancellationToken);
    }

    private async Task<Measured> CountedAsync(string queue, double seconds, Dictionary<string, double> used, CancellationToken cancellationToken)
    {
        var held = await _channel.MessageCountAsync(queue, cancellationToken);
        return held == _count ? Measured.Of(_count / seconds, _count, used) : throw new InvalidOperationException($"{_count} messages were sent, {queue} holds {held}");
    }

    private Dictionary<string, int> Processes(string name, int process) => new()
    {
        [name] = process,
        ["PostgreSQL"] = _stage.Servers.Postgres.ProcessId,
        ["RabbitMQ"] = _stage.Servers.Rabbit.ProcessId,
    };
}

/// <summary>Rows as bookings leave them.</summary>
internal static class OutboxRows
{
    public static async Task AddAsync(Stage stage, string table, int count, CancellationToken cancellationToken)
    {
        var message = BarePublish.Message(Guid.CreateVersion7(), TimeProvider.System.GetUtcNow());
        var body = OutboxMessage.Of(message, message.MessageId, message.OccurredAt).Body;
        await using var insert = stage.Database.CreateCommand($"""
            insert into {table} (message_id, type, body, occurred_at)
            select id, 'BookingPlaced', replace($1, $2, id::text), now() from (select gen_random_uuid() as id from generate_series(1, $3)) as made
            """);
        insert.CommandTimeout = 120;
        insert.Parameters.Add(new() { Value = body });
        insert.Parameters.Add(new() { Value = message.MessageId.ToString() });
        insert.Parameters.Add(new() { Value = count });
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }
}
