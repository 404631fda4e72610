using MassTransit;
using RabbitMQ.Client.Exceptions;

namespace Coworking.Bus;

/// <summary>
/// Keeps MassTransit's consumers from closing a channel that has closed. Each that cannot acknowledge asks for it; where MassTransit disposes the channel while
/// two wait for their turn, the second waits for ever, RabbitMQ.Client with it, and the service is deaf until it is started again. Told of another exception,
/// MassTransit only logs it: the message comes again, as it would have.
/// </summary>
internal sealed class ClosedChannels : IReceiveObserver
{
    public Task ReceiveFault(ReceiveContext context, Exception exception) =>
        exception is OperationInterruptedException ? throw new IOException("The channel closed before the message could be acknowledged; it comes again", exception) : Task.CompletedTask;

    public Task PreReceive(ReceiveContext context) => Task.CompletedTask;

    public Task PostReceive(ReceiveContext context) => Task.CompletedTask;

    public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType)
        where T : class => Task.CompletedTask;

    public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception)
        where T : class => Task.CompletedTask;
}
