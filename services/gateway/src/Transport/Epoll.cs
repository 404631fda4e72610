using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Coworking.Gateway.Transport;

/// <summary>The few calls of Linux by which one thread waits for many sockets (epoll(7), eventfd(2)).</summary>
internal static partial class Epoll
{
    internal const uint Readable = 0x1;
    internal const uint Writable = 0x4;
    internal const uint Failed = 0x8;
    internal const uint HungUp = 0x10;
    internal const uint PeerClosed = 0x2000;

    /// <summary>Told once for each change, not for as long as it lasts: whoever is told has to take all there is.</summary>
    internal const uint OnChange = 1u << 31;

    private const int CloseOnExec = 0x80000;
    private const int Add = 1;
    private const int Interrupted = 4;

    // struct epoll_event is packed on x86, and nowhere else.
    private static readonly bool IsPacked = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86;

    /// <summary>Bytes of one event.</summary>
    private static int Stride => IsPacked ? 12 : 16;

    private static int IdOffset => IsPacked ? 4 : 8;

    internal static byte[] EventsBuffer(int count) => new byte[count * Stride];

    /// <exception cref="IOException">The process has too many files open.</exception>
    internal static SafeFileHandle Create() => Opened(epoll_create1(CloseOnExec));

    /// <inheritdoc cref="Create"/>
    internal static SafeFileHandle CreateBell() => Opened(eventfd(0, CloseOnExec));

    /// <summary>Each ring is a change; the count behind it is never read, and 2^64 rings do not come.</summary>
    internal static void Ring(SafeFileHandle bell)
    {
        var one = 1L;
        _ = write(bell, ref one, sizeof(long));
    }

    /// <param name="poll">From <see cref="Create"/>.</param>
    /// <param name="file">What to wait for; forgotten by itself when it is closed.</param>
    /// <param name="id">Comes back with each event.</param>
    /// <param name="events">Which.</param>
    /// <exception cref="IOException">The system has no room for it.</exception>
    internal static void Watch(SafeFileHandle poll, SafeHandle file, long id, uint events)
    {
        Span<byte> asked = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(asked, events);
        BinaryPrimitives.WriteInt64LittleEndian(asked[IdOffset..], id);

        if (epoll_ctl(poll, Add, file, ref asked[0]) < 0)
        {
            throw new IOException($"epoll_ctl: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <returns>How many events there are; 0 after the time is over, or after a signal.</returns>
    internal static int Wait(SafeFileHandle poll, byte[] events, TimeSpan most)
    {
        var count = epoll_wait(poll, ref events[0], events.Length / Stride, (int)most.TotalMilliseconds);
        return count >= 0 ? count
            : Marshal.GetLastPInvokeError() == Interrupted ? 0
            : throw new IOException($"epoll_wait: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    internal static (uint Events, long Id) At(byte[] events, int index)
    {
        var one = events.AsSpan(index * Stride, Stride);
        return (BinaryPrimitives.ReadUInt32LittleEndian(one), BinaryPrimitives.ReadInt64LittleEndian(one[IdOffset..]));
    }

    /// <summary>Starts to connect a socket that does not block; whether it came about is asked of the socket when it is writable.</summary>
    internal static void Connect(SafeHandle socket, ReadOnlySpan<byte> address) => _ = connect(socket, ref MemoryMarshal.GetReference(address), address.Length);

    private static SafeFileHandle Opened(int descriptor) =>
        descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw new IOException($"epoll: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(SafeFileHandle poll, int operation, SafeHandle file, ref byte asked);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_wait(SafeFileHandle poll, ref byte events, int most, int milliseconds);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint first, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int connect(SafeHandle socket, ref byte address, int length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(SafeFileHandle file, ref long value, nint length);
}
