using Coworking.Contracts;
using Coworking.Hosting.Messaging;
using Coworking.Reservations.Database;
using Coworking.Reservations.Notifications;
using MassTransit;

namespace Coworking.Reservations.Messaging;

/// <summary>
/// Has people told of alerts. The key of the notice is the alert's step and not the message: iot-ingest says open alerts again in snapshots and when a
/// space moves, and nobody shall be told twice.
/// </summary>
internal sealed class WhenAlertChanged(ReservationsDb db, TimeProvider clock) : IConsumer<AlertOpened>, IConsumer<AlertEscalated>, IConsumer<AlertResolved>
{
    public Task Consume(ConsumeContext<AlertOpened> context)
    {
        var (messageId, _, version, alert) = context.Message;
        return TellAsync(messageId, NoticeKinds.AlertOpened, "opened", new AlertNotice(alert.SpaceId, version, alert), context.CancellationToken);
    }

    public Task Consume(ConsumeContext<AlertEscalated> context)
    {
        var (messageId, _, version, alert, level) = context.Message;
        return TellAsync(messageId, NoticeKinds.AlertEscalated, $"escalated/{level}", new AlertNotice(alert.SpaceId, version, alert, level), context.CancellationToken);
    }

    public Task Consume(ConsumeContext<AlertResolved> context)
    {
        var (messageId, _, version, alert, reason, note) = context.Message;
        return TellAsync(messageId, NoticeKinds.AlertResolved, "resolved", new AlertNotice(alert.SpaceId, version, alert, null, reason, note), context.CancellationToken);
    }

    private async Task TellAsync(Guid messageId, string kind, string step, AlertNotice told, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);

        if (await db.IsNewAsync(messageId, nameof(WhenAlertChanged), cancellationToken))
        {
            await db.TellAsync(Notice.Of($"alert/{told.Alert.Id}/{step}", kind, told.Alert.LocationId, told, clock.GetUtcNow()), cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
    }
}
