using System.Text;
using Coworking.IotIngest.Ingest;
using Coworking.IotIngest.Live;

namespace Coworking.IotIngest.Tests.Live;

public sealed class LiveHubTests : IDisposable
{
    private static readonly Guid Space = new("b6194839-7438-4587-a52e-eeef27d00282");
    private static readonly Guid Place = new("cfaa672e-cf6e-4192-8736-254ca954928c");
    private static readonly LiveFilter Everything = new(null, null, null);

    private readonly IngestMetrics _metrics = new(new IngestQueue(), TimeProvider.System);

    public void Dispose() => _metrics.Dispose();

    [Fact]
    public void A_frame_is_what_an_event_source_reads()
    {
        Assert.Equal("id: 7\nevent: alert\ndata: {\"a\":1}\n\n", Encoding.UTF8.GetString(Frame(7).Bytes));
        Assert.Equal("event: telemetry\ndata: {}\n\n", Encoding.UTF8.GetString(LiveFrame.Of(null, "telemetry", Space, Place, "{}").Bytes));
    }

    [Fact]
    public void A_filter_lets_through_what_matches_in_every_respect()
    {
        var frame = Frame(1);
        var other = new Guid("3f1c44fe-d226-4c7a-9192-15c547011bda");
        Assert.True(Everything.Wants(frame));
        Assert.True(new LiveFilter(Space, Place, new HashSet<string> { "alert" }).Wants(frame));
        Assert.False(new LiveFilter(other, null, null).Wants(frame));
        Assert.False(new LiveFilter(null, other, null).Wants(frame));
        Assert.False(new LiveFilter(Space, other, null).Wants(frame));
        Assert.False(new LiveFilter(null, null, new HashSet<string> { "telemetry" }).Wants(frame));
    }

    [Fact]
    public void A_client_gets_everything_after_the_position_at_which_it_joined()
    {
        var hub = new LiveHub(_metrics);
        Assert.False(hub.Started.IsCompleted);
        hub.StartAt(40);
        Assert.True(hub.Started.IsCompletedSuccessfully);
        hub.Send([Frame(41), LiveFrame.Of(null, "telemetry", Space, Place, "{}")]);
        var (client, position) = hub.Join(Everything);
        hub.Send([Frame(42), Frame(43)]);
        hub.Leave(client);
        hub.Send([Frame(44)]);

        Assert.Equal(41, position);
        Assert.Equal(44, hub.Position);
        Assert.Equal([42L, 43L], Taken(client).Select(frame => frame.Id!.Value));
    }

    [Fact]
    public void Telemetry_is_wanted_while_somebody_wants_it()
    {
        var hub = new LiveHub(_metrics);
        Assert.False(hub.WantsTelemetry);
        var (alerts, _) = hub.Join(new LiveFilter(null, null, new HashSet<string> { "alert" }));
        Assert.False(hub.WantsTelemetry);
        var (all, _) = hub.Join(Everything);
        Assert.True(hub.WantsTelemetry);
        hub.Leave(all);
        Assert.False(hub.WantsTelemetry);
        hub.Leave(alerts);
        Assert.Equal(0, _metrics.StreamClients);
    }

    [Fact]
    public async Task A_reader_that_is_too_slow_is_dropped_at_the_bound_and_others_are_not()
    {
        var hub = new LiveHub(_metrics);
        var (slow, _) = hub.Join(Everything);
        var (quick, _) = hub.Join(Everything);
        var (elsewhere, _) = hub.Join(new LiveFilter(Guid.Empty, null, null));
        var got = 0;

        for (var id = 1; id <= 2 * LiveClient.MaxBehind; id++)
        {
            hub.Send([Frame(id)]);
            got += Taken(quick).Count;
        }

        Assert.Equal(2 * LiveClient.MaxBehind, got);
        Assert.False(elsewhere.Frames.Completion.IsCompleted);
        // What fitted is still there, in order and without a gap; then the end.
        Assert.Equal(Enumerable.Range(1, LiveClient.MaxBehind).Select(id => (long)id), Taken(slow).Select(frame => frame.Id!.Value));
        Assert.False(await slow.Frames.WaitToReadAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Only_the_frame_that_overflows_says_that_a_client_was_dropped()
    {
        var client = new LiveClient(Everything);
        Assert.All(Enumerable.Range(1, LiveClient.MaxBehind), id => Assert.True(client.Offer(Frame(id))));
        Assert.False(client.Offer(Frame(LiveClient.MaxBehind + 1)));
        Assert.True(client.Offer(Frame(LiveClient.MaxBehind + 2)));
    }

    [Fact]
    public async Task A_comment_reaches_a_client_whatever_it_wants_and_closing_ends_its_reading()
    {
        var client = new LiveClient(new LiveFilter(Guid.Empty, null, new HashSet<string> { "alert" }));
        client.Ping();
        client.Close();
        client.Ping();

        Assert.Equal(": ping\n\n", System.Text.Encoding.UTF8.GetString(Assert.Single(Taken(client)).Bytes));
        Assert.False(await client.Frames.WaitToReadAsync(TestContext.Current.CancellationToken));
    }

    private static LiveFrame Frame(long id) => LiveFrame.Of(id, "alert", Space, Place, "{\"a\":1}");

    private static List<LiveFrame> Taken(LiveClient client)
    {
        var frames = new List<LiveFrame>();

        while (client.Frames.TryRead(out var frame))
        {
            frames.Add(frame);
        }

        return frames;
    }
}
