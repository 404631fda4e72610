using System.Text;

namespace Coworking.Mqtt.Tests;

/// <summary>Holds the first message until it is let go, then notes the second.</summary>
internal sealed class HoldingHandler : IMqttMessageHandler
{
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _second = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;

    public Task Held => _held.Task;

    public Task<string> Second => _second.Task;

    public int Count => Volatile.Read(ref _count);

    public void LetGo() => _release.TrySetResult();

    public ValueTask HandleAsync(in MqttPublishFrame frame)
    {
        if (Interlocked.Increment(ref _count) == 1)
        {
            _held.TrySetResult();
            return new ValueTask(_release.Task);
        }

        _second.TrySetResult(Encoding.UTF8.GetString(frame.Payload));
        return ValueTask.CompletedTask;
    }
}
