using Coworking.Contracts;
using Coworking.IotIngest.Live;

namespace Coworking.IotIngest.Alerts;

/// <summary>What happens to an alert is said on the bus and shown on the stream, both with the transaction that made it happen.</summary>
internal static class AlertNews
{
    public static void Opened(Alert alert, Effects effects) =>
        Tell("opened", alert, effects, id => new AlertOpened(id, effects.Now, alert.Version, alert.Facts()));

    public static void Acknowledged(Alert alert, Effects effects) =>
        Tell("acknowledged", alert, effects, id => new AlertAcknowledged(id, effects.Now, alert.Version, alert.Facts(), alert.AcknowledgedBy!));

    public static void Escalated(Alert alert, Effects effects) =>
        Tell("escalated", alert, effects, id => new AlertEscalated(id, effects.Now, alert.Version, alert.Facts(), alert.EscalationLevel));

    public static void Resolved(Alert alert, Effects effects) =>
        Tell("resolved", alert, effects, id => new AlertResolved(id, effects.Now, alert.Version, alert.Facts(), alert.Resolution!, alert.Note));

    /// <summary>
    /// Says an open alert again, on the bus alone. One that was acknowledged is said twice, its opening in the version before: whoever has no picture of it takes
    /// both in turn, whoever has one is told nothing that is older than what it knows.
    /// </summary>
    public static void SayAgain(Alert alert, Effects effects)
    {
        var id = Guid.CreateVersion7(effects.Now);
        effects.Say(id, new AlertOpened(id, effects.Now, alert.AcknowledgedBy is null ? alert.Version : alert.Version - 1, alert.Facts()));

        if (alert.AcknowledgedBy is { } by)
        {
            id = Guid.CreateVersion7(effects.Now);
            effects.Say(id, new AlertAcknowledged(id, effects.Now, alert.Version, alert.Facts(), by));
        }
    }

    private static void Tell(string type, Alert alert, Effects effects, Func<Guid, object> message)
    {
        var id = Guid.CreateVersion7(effects.Now);
        effects.Say(id, message(id));
        effects.Show("alert", alert.SpaceId, alert.LocationId, AlertEvent.Of(type, alert));
    }
}
