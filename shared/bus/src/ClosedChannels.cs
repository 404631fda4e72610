using MassTransit;
using RabbitMQ.Client.Exceptions;

namespace Coworking.Bus;

/// <summary>
/// Keeps MassTransit's consumers from closing a channel that has closed. A handler that cannot acknowledge closes its channel, and RabbitMQ.Client lets it wait
/// there for all handlers of the channel, itself among them; the client in turn waits for it before it tells anybody else that the connection ended, and the
/// service is deaf until it is started again. Told of another exception MassTransit only logs it: the message comes again, as it would have.
/// </summary>
internal sealed class ClosedChannels : IReceiveObserver
{
    // The second is what the first comes down to where the connection ends while the acknowledgement is on its way into it.
    public Task ReceiveFault(ReceiveContext context, Exception exception) =>
        exception is OperationInterruptedException or EndOfStreamException
            ? throw new IOException("The channel closed before the message could be acknowledged; it comes again", exception)
            : Task.CompletedTask;

    public Task PreReceive(ReceiveContext context) => Task.CompletedTask;

    public Task PostReceive(ReceiveContext context) => Task.CompletedTask;

    public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType)
        where T : class => Task.CompletedTask;

    public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception)
        where T : class => Task.CompletedTask;
}
