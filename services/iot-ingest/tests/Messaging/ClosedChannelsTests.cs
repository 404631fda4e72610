using Coworking.Bus;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Coworking.IotIngest.Tests.Messaging;

/// <summary>What MassTransit would answer by closing the channel it is told as something else; all other failures stay what they are.</summary>
public sealed class ClosedChannelsTests
{
    public static TheoryData<Exception> OfClosedChannels =>
    [
        new OperationInterruptedException(new ShutdownEventArgs(ShutdownInitiator.Library, 541, "gone")),
        new AlreadyClosedException(new ShutdownEventArgs(ShutdownInitiator.Peer, 320, "closed")),
        new EndOfStreamException(),
    ];

    [Theory]
    [MemberData(nameof(OfClosedChannels), DisableDiscoveryEnumeration = true)]
    public async Task A_channel_that_closed_is_told_as_another_exception(Exception closed)
    {
        var told = await Assert.ThrowsAsync<IOException>(() => new ClosedChannels().ReceiveFault(null!, closed));
        Assert.Same(closed, told.InnerException);
    }

    [Fact]
    public async Task What_failed_otherwise_is_left_to_the_retries() => await new ClosedChannels().ReceiveFault(null!, new InvalidOperationException());
}
