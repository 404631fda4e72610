using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Coworking.IotIngest.Database;
using Coworking.IotIngest.Ingest;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;
using Coworking.IotIngest.Windows;
using Coworking.Mqtt;

namespace Coworking.Bench;

/// <summary>Our side of P5, as a process of its own: the service's classes between the socket and the store.</summary>
internal sealed class P5Client(long expected) : IMqttMessageHandler
{
    public const string Verb = "p5-client";

    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SpaceDirectory _spaces = EmptyDirectory();
    private readonly Batch _batch = new();
    private readonly WindowWriter _windows = new();
    private readonly List<ushort> _unacknowledged = new(ReadingBatcher.MaxBatch);
    private readonly long _oldest = Micros.Of(TimeProvider.System.GetUtcNow().AddDays(-30));
    private readonly long _newest = Micros.Of(TimeProvider.System.GetUtcNow() + ReadingDecoder.MaxAhead);
    private long _seen;

    public static async Task<int> RunAsync(int port, long messages, CancellationToken cancellationToken)
    {
        var handler = new P5Client(messages);
        await using var connection = await MqttConnection.ConnectAsync(
            new MqttClientOptions { Host = "127.0.0.1", Port = port, ClientId = "p5", ReceiveMaximum = ReplayBroker.Window, MaximumUnacknowledged = ushort.MaxValue },
            handler, cancellationToken);
        await connection.SubscribeAsync([new MqttTopicFilter("sites/+/offices/+/telemetry", MqttQualityOfServiceLevel.AtLeastOnce)], cancellationToken);
        await handler._done.Task.WaitAsync(cancellationToken);
        Console.WriteLine("done");
        // Until its CPU time has been read and it is ended.
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        return 0;
    }

    public ValueTask HandleAsync(in MqttPublishFrame frame)
    {
        if (DeviceTopic.Parse(frame.Topic, _spaces, out var space, out _) is { } wrongTopic)
        {
            space = Meet(frame.Topic, wrongTopic);
        }

        if (ReadingDecoder.Decode(frame.Payload, _oldest, _newest, aliases: false, out var reading, out _) is { } wrong)
        {
            throw new InvalidOperationException($"A packet was rejected: {wrong}");
        }

        reading.SpaceKey = space!.Key;
        _batch.Add(new IngestItem { Space = space, Reading = reading, PacketId = frame.PacketId });
        _unacknowledged.Add(frame.PacketId);

        _seen++;

        if (_seen == expected || _batch.Count == ReadingBatcher.MaxBatch)
        {
            Close(frame.Connection);
        }

        return ValueTask.CompletedTask;
    }

    private void Close(MqttConnection connection)
    {
        _batch.Seal();
        _windows.Gather(CollectionsMarshal.AsSpan(_batch.Readings), _spaces);
        _batch.Clear();
        // Not awaited: the read loop must go on.
        _ = connection.AcknowledgeAsync(_unacknowledged.ToArray(), CancellationToken.None).AsTask();
        _unacknowledged.Clear();

        if (_seen == expected)
        {
            _done.TrySetResult();
        }
    }

    /// <summary>Each space is unknown once; the service knows its spaces from the bus.</summary>
    private Space Meet(ReadOnlySpan<byte> topic, Rejection rejection)
    {
        if (rejection.Reason != Rejection.UnknownSpace)
        {
            throw new InvalidOperationException($"A topic was rejected: {rejection}");
        }

        var levels = Encoding.UTF8.GetString(topic).Split('/');
        var blank = (Space)RuntimeHelpers.GetUninitializedObject(typeof(Space));
        var space = blank with
        {
            Key = ById(_spaces).Count + 1,
            LocationId = Guid.Parse(levels[1], CultureInfo.InvariantCulture),
            Id = Guid.Parse(levels[3], CultureInfo.InvariantCulture),
            SamplingInterval = TimeSpan.FromSeconds(1),
        };
        ById(_spaces)[space.Id] = space;
        ByKey(_spaces)[space.Key] = space;
        return space;
    }

    // Without its constructor: that wants a database, which this bench is without.
    private static SpaceDirectory EmptyDirectory()
    {
        var directory = (SpaceDirectory)RuntimeHelpers.GetUninitializedObject(typeof(SpaceDirectory));
        ById(directory) = new ConcurrentDictionary<Guid, Space>();
        ByKey(directory) = new ConcurrentDictionary<int, Space>();
        return directory;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_byId")]
    private static extern ref ConcurrentDictionary<Guid, Space> ById(SpaceDirectory directory);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_byKey")]
    private static extern ref ConcurrentDictionary<int, Space> ByKey(SpaceDirectory directory);
}
