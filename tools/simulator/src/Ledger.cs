namespace Coworking.Simulator;

/// <summary>Writes down what the broker has acknowledged: <c>{"space":"…","ts":"…",…}</c> a line, through one large buffer.</summary>
internal sealed class Ledger : IDisposable
{
    private readonly Lock _gate = new();
    private readonly FileStream _file;

    public Ledger(string path) => _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 1024 * 1024);

    public void Write(Guid spaceId, ReadOnlySpan<byte> payload)
    {
        Span<byte> head = stackalloc byte[64];
        System.Text.Unicode.Utf8.TryWrite(head, $"{{\"space\":\"{spaceId}\",", out var written);

        lock (_gate)
        {
            _file.Write(head[..written]);
            _file.Write(payload[1..]);
            _file.WriteByte((byte)'\n');
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _file.Dispose();
        }
    }
}
