using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Coworking.Bus;
using Microsoft.Extensions.Logging.Abstractions;
using RabbitMQ.Client;

namespace Coworking.IotIngest.Tests.Messaging;

public sealed class ConfirmsTests
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_sent_is_nothing_to_wait_for() => Assert.Empty(await new Confirms().WaitAsync(Ended));

    [Fact]
    public async Task Answers_come_in_any_order_alone_and_many_at_once_before_and_after_the_wait()
    {
        var confirms = Of(6);
        confirms.Answer(2, multiple: false, refused: false);
        confirms.Answer(4, multiple: true, refused: false);
        var waiting = confirms.WaitAsync(Ended);
        confirms.Answer(6, multiple: false, refused: false);
        confirms.Answer(1, multiple: false, refused: false);
        Assert.False(waiting.IsCompleted);

        confirms.Answer(5, multiple: false, refused: false);

        Assert.Empty(await waiting);
        Assert.True(confirms.IsIdle);
        Assert.Equal(7ul, confirms.Expect());
        Assert.False(confirms.IsIdle);
        Assert.False(confirms.WaitAsync(Ended).IsCompleted);
        confirms.Answer(7, multiple: true, refused: false);
        Assert.Empty(await confirms.WaitAsync(Ended));
    }

    [Fact]
    public async Task What_was_refused_is_named_once_and_what_was_confirmed_before_is_not()
    {
        var confirms = Of(4);
        confirms.Answer(4, multiple: false, refused: true);
        confirms.Answer(1, multiple: false, refused: false);
        confirms.Answer(3, multiple: true, refused: true);

        Assert.Equal([2ul, 3ul, 4ul], await confirms.WaitAsync(Ended));
        Assert.Empty(await confirms.WaitAsync(Ended));
    }

    [Fact]
    public async Task After_an_end_every_wait_says_why()
    {
        var confirms = Of(1);
        var waiting = confirms.WaitAsync(Ended);

        confirms.Fail(new IOException("gone"));
        confirms.Fail(new IOException("later"));
        confirms.Answer(1, multiple: false, refused: false);

        Assert.Equal("gone", (await Assert.ThrowsAsync<IOException>(() => waiting)).Message);
        Assert.Equal("gone", (await Assert.ThrowsAsync<IOException>(() => confirms.WaitAsync(Ended))).Message);
    }

    [Fact]
    public async Task Whoever_is_told_to_stop_waits_for_no_broker_that_says_nothing()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        var watch = Stopwatch.StartNew();

        var opening = PublishingConnection.OpenAsync(new ConnectionFactory { Uri = new Uri($"amqp://a:b@{silent.LocalEndpoint}/") }, TimeProvider.System, NullLogger.Instance, stop.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
        // The client itself would wait for five seconds.
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 4);
    }

    private static Confirms Of(int messages)
    {
        var confirms = new Confirms();
        Assert.Equal(Enumerable.Range(1, messages).Select(number => (ulong)number), Enumerable.Range(1, messages).Select(_ => confirms.Expect()));
        return confirms;
    }
}
