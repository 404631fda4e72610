namespace Coworking.Mqtt;

/// <summary>Pings a silent line and finds a dead peer at most 1.5 keep-alives after it fell silent (MQTT 5.0, 3.1.2.10).</summary>
internal sealed class KeepAlive(TimeSpan interval, TimeProvider clock, ConnectionReader reader, ConnectionWriter writer, Lock gate)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (interval == TimeSpan.Zero)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, clock, cancellationToken);
            return;
        }

        // Four looks per interval: a ping leaves after 0.5 to 0.75 of silence, and has until 1.25 to 1.5 to be answered.
        using var timer = new PeriodicTimer(interval / 4, clock);
        var pinged = long.MinValue;

        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            var received = reader.LastReceived;
            var silence = clock.GetElapsedTime(received);

            // While the handler holds back reading, nothing can be heard: that says nothing about the peer.
            if (!reader.IsHeldBack && pinged >= received && silence >= interval * 1.25)
            {
                throw new MqttDisconnectedException($"Nothing was heard for {silence.TotalSeconds:f1} s.", MqttReasonCode.KeepAliveTimeout);
            }

            var unanswered = pinged >= received;

            if (clock.GetElapsedTime(writer.LastSent) >= interval / 2 || (silence >= interval / 2 && !unanswered))
            {
                lock (gate)
                {
                    MqttEncoder.PingReq(writer.Buffer);
                    writer.Appended();
                }

                pinged = clock.GetTimestamp();
            }
        }
    }
}
