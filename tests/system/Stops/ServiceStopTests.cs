using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Coworking.Local;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Stops;

/// <summary>SIGTERM, as a roll-out sends it: what was begun is finished, what is held is given back, and the process is gone within ten seconds.</summary>
[Collection(nameof(MortalPlatform))]
public sealed class ServiceStopTests(MortalPlatform mortal)
{
    // Ten seconds are promised; a machine that runs everything at once gets three times as long before it is killed.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly TestPlatform _platform = mortal.Platform;

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PlatformService.Reservations)]
    [InlineData(PlatformService.Gateway)]
    public async Task A_request_that_is_under_way_is_answered(PlatformService service)
    {
        var space = await _platform.NewSpaceAsync();
        using var body = new HeldBody(Wish.For(space.Id, Wish.NewEmail(), LocalTime.ComingMonday(), 9, 10));
        var booking = _platform.User.SendAsync(HttpMethod.Post, "/api/v1/bookings", body);
        await body.Begun.WaitAsync(Limit, Ended);

        // It has reached the service when many that came later have been there and back.
        for (var later = 0; later < 10; later++)
        {
            (await _platform.User.GetAsync("/api/v1/locations")).Expect(HttpStatusCode.OK);
        }

        try
        {
            var process = service == PlatformService.Gateway ? _platform.Platform.GatewayProcess : _platform.Platform.ReservationsProcess;
            var address = service == PlatformService.Gateway ? _platform.Platform.Gateway : _platform.Platform.Reservations;
            var stopping = process.TerminateAsync(Limit, Ended);
            await Eventually.HoldsAsync(() => IsClosedAsync(address), "no new request is taken");
            body.GoOn();

            (await booking).ExpectBare(HttpStatusCode.Created);
            Assert.Equal(0, await stopping);
        }
        finally
        {
            await _platform.Platform.RestartAsync(service, Ended);
        }
    }

    [Theory]
    [InlineData(PlatformService.IotIngest)]
    [InlineData(PlatformService.Gateway)]
    public async Task A_stream_comes_to_its_proper_end_at_once(PlatformService service)
    {
        await using var stream = await LiveStream.OpenAsync(_platform.User, "?events=twin_update");

        try
        {
            var process = service == PlatformService.Gateway ? _platform.Platform.GatewayProcess : _platform.Platform.IotIngestProcess;
            Assert.Equal(0, await process.TerminateAsync(Limit, Ended));
            await Eventually.HoldsAsync(() => Task.FromResult(stream.HasEnded), "the stream ends");
            Assert.True(stream.HasEndedProperly);
        }
        finally
        {
            await _platform.Platform.RestartAsync(service, Ended);
        }
    }

    [Fact]
    public async Task A_replica_that_leaves_while_messages_flow_gives_its_sessions_back_and_nothing_is_lost_or_counted_twice()
    {
        var space = await _platform.NewMetSpaceAsync();
        var second = await _platform.Platform.StartIotIngestReplicaAsync(Ended);
        var first = _platform.Platform.IotIngestProcess;
        await Eventually.HoldsAsync(async () => await HeldByAsync(first) >= 6 && await HeldByAsync(second.Process) >= 6, "two replicas share the partitions");
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Ended);
        var samples = new Samples();
        var publishing = _platform.Devices.PublishAsync(space.Topic("telemetry"), samples.SteadilyAsync(done.Token));

        try
        {
            foreach (var (process, other) in new[] { (first, second.Process), (second.Process, first) })
            {
                var before = await _platform.Devices.SamplesAsync(space);
                await Eventually.ReadAsync(() => _platform.Devices.SamplesAsync(space), count => count > before + 200, "samples are being stored");

                if (process == first)
                {
                    Assert.Equal(0, await process.TerminateAsync(Limit, Ended));
                    // Given back, not left to expire: whoever looks next takes them.
                    Assert.Equal(0, await HeldByAsync(process));
                    await Eventually.HoldsAsync(async () => await HeldByAsync(other) == 16, "the other replica has taken all over");
                    await _platform.Platform.RestartAsync(PlatformService.IotIngest, Ended);
                }
                else
                {
                    Assert.Equal(0, await process.TerminateAsync(Limit, Ended));
                    Assert.Equal(0, await HeldByAsync(process));
                }
            }
        }
        finally
        {
            await done.CancelAsync();
            await publishing;
        }

        await Eventually.ReadAsync(() => _platform.Devices.SamplesAsync(space), count => count >= samples.Published, $"{samples.Published} samples are stored");
        // A last one: whatever could still come twice lies before it.
        await _platform.Devices.PublishAsync(space, samples.Next());
        await Eventually.ReadAsync(() => _platform.Devices.SamplesAsync(space), count => count >= samples.Published, "the last one is stored");
        Assert.Equal(samples.Published, await _platform.Devices.SamplesAsync(space));
    }

    /// <summary>Partitions whose leases a process holds; the change changes nothing.</summary>
    private Task<int> HeldByAsync(ChildProcess process) => _platform.ExecuteAsync(
        "iot", "update leases set held_until = held_until where name like 'partition/%' and held_until > now() and split_part(holder, '/', 3) = $1", process.Id.ToString(CultureInfo.InvariantCulture));

    private static async Task<bool> IsClosedAsync(Uri address)
    {
        using var http = new HttpClient { Timeout = Limit };

        try
        {
            using var answer = await http.GetAsync(new Uri(address, "/health/ready"), Ended);
            return answer.StatusCode == HttpStatusCode.ServiceUnavailable;
        }
        catch (HttpRequestException)
        {
            return true;
        }
    }

    /// <summary>Samples of one device, a tenth of a second apart by its clock.</summary>
    private sealed class Samples
    {
        private readonly DateTimeOffset _start = TimeProvider.System.GetUtcNow().AddHours(-4);
        private int _published;

        internal int Published => Volatile.Read(ref _published);

        internal string Next() => Sample.Of(_start.AddMilliseconds(100.0 * _published++), co2: 500);

        internal async IAsyncEnumerable<string> SteadilyAsync(CancellationToken done, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));

            while (!done.IsCancellationRequested && await tick.WaitForNextTickAsync(cancellationToken))
            {
                for (var i = 0; i < 6; i++)
                {
                    yield return Next();
                }
            }
        }
    }

    /// <summary>A body of which the second half comes when it is told to.</summary>
    private sealed class HeldBody : HttpContent
    {
        private readonly byte[] _json;
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal HeldBody(object value)
        {
            _json = JsonSerializer.SerializeToUtf8Bytes(value);
            Headers.ContentType = new("application/json") { CharSet = Encoding.UTF8.WebName };
        }

        internal Task Begun => _begun.Task;

        internal void GoOn() => _goOn.TrySetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(_json.AsMemory(0, _json.Length / 2), Ended);
            await stream.FlushAsync(Ended);
            _begun.TrySetResult();
            await _goOn.Task.WaitAsync(TimeSpan.FromSeconds(60), Ended);
            await stream.WriteAsync(_json.AsMemory(_json.Length / 2), Ended);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _json.Length;
            return true;
        }
    }
}
