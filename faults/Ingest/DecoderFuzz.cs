using System.Diagnostics;
using System.Globalization;
using Coworking.Bench;
using Coworking.Mqtt;
using Coworking.Mqtt.Tests.Codec;

namespace Coworking.Faults.Ingest;

/// <summary>S5: a million packets that no broker means, whole, cut and in pieces: to the decoder, to connections, to iot-ingest itself.</summary>
internal static class DecoderFuzz
{
    private const int Threads = 2;
    private const uint LargestPacket = 4096;
    private const double MostMilliseconds = 1000;
    private const long MostBytes = 16 * 1024;

    // Whatever a length says that no broker would write.
    private const long MostBytesOfOne = 16 * LargestPacket;

    private static readonly TimeSpan Spacing = TimeSpan.FromSeconds(1);

    /// <summary>What came of some packets.</summary>
    private sealed record Outcome(long Packets, long Read, long Refused, long Crashes, double SlowestMs, long Bytes, long MostBytes, string? Example);

    public static async Task<bool> RunAsync(FaultOptions options, CancellationToken cancellationToken)
    {
        var (packets, connections, injected) = options.Small ? (20_000, 100, 32) : (1_000_000, 5_000, 800);
        var run = new FaultRun("S5", "packets that no broker means", options);
        run.Say($"{packets} packets to the decoder, {connections} connections, {injected} packets to iot-ingest, seed {options.Seed}");
        var decoded = await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(() => Decode(packets / Threads, options.Seed + thread, cancellationToken), cancellationToken)));
        run.Say(string.Create(CultureInfo.InvariantCulture, $"decoded: {decoded.Sum(one => one.Read):#,0} read, {decoded.Sum(one => one.Refused):#,0} refused"));
        var (hung, faulted, ended) = await FuzzedBroker.RunAsync(connections, options.Seed, cancellationToken);
        run.Say($"{connections} connections: {ended} ended, {hung} hung");
        var (alive, recovered) = await ServiceAsync(injected, options.Seed, run, cancellationToken);
        var verdict = new Verdict(
        [
            Check.AtLeast("packets to the decoder", packets, decoded.Sum(one => one.Packets)),
            Check.AtMost($"crashes: exceptions other than of the protocol{decoded.FirstOrDefault(one => one.Example is not null)?.Example}", 0, decoded.Sum(one => one.Crashes)),
            Check.AtMost("slowest packet, ms", MostMilliseconds, decoded.Max(one => one.SlowestMs)),
            Check.AtMost("bytes allocated for a packet, on average", MostBytes, decoded.Sum(one => one.Bytes) / (double)packets),
            Check.AtMost("bytes allocated for one packet, at most", MostBytesOfOne, decoded.Max(one => one.MostBytes)),
            Check.AtLeast("packets read in spite of it, so that the mutations do not break everything", packets / 10, decoded.Sum(one => one.Read)),
            Check.AtLeast("packets refused, so that they bite", packets / 10, decoded.Sum(one => one.Refused)),
            Check.AtMost($"connections that hung, of {connections:#,0}", 0, hung),
            Check.AtMost("connections that ended by something else than an end", 0, faulted),
            Check.AtMost($"iot-ingest: crashes, of {injected:#,0} packets put into its connections", 0, alive ? 0 : 1),
            Check.AtMost("iot-ingest: takes no readings afterwards", 0, recovered ? 0 : 1),
        ]);
        var what = string.Create(CultureInfo.InvariantCulture, $"""
            At least one of every packet that a broker can send, with every property: bytes changed, put in, left out; a third of them cut short, a third in pieces that begin and end anywhere, of which several packets make a stream.
            {packets:#,0} to the decoder without a socket; then connections to a broker that answers the CONNECT with good or mutated packets, sends some more and closes; then {injected:#,0} put by a proxy into the connections of iot-ingest.
            """);
        return await run.ConcludeAsync(verdict, what, _ => 0, limit: null, cancellationToken);
    }

    private static Outcome Decode(int packets, int seed, CancellationToken cancellationToken)
    {
        var random = new Random(seed);
        var (read, refused, crashes, slowest, bytes, most, example) = (0L, 0L, 0L, 0.0, 0L, 0L, default(string));

        for (var i = 0; i < packets; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var pieces = Pieces(random, Next(random));
            var (began, before) = (Stopwatch.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread());

            try
            {
                read += Packets.Read(pieces, LargestPacket).Count;
            }
            catch (MqttProtocolException)
            {
                refused++;
            }
#pragma warning disable CA1031 // Any other exception is what is looked for.
            catch (Exception e)
#pragma warning restore CA1031
            {
                crashes++;
                example ??= $", {e.GetType().Name} at {Convert.ToHexString([.. pieces.SelectMany(piece => piece)])}";
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            (bytes, most) = (bytes + allocated, Math.Max(most, allocated));
            slowest = Math.Max(slowest, Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        return new Outcome(packets, read, refused, crashes, slowest, bytes, most, example);
    }

    /// <summary>A mutated packet, or one that ends early.</summary>
    internal static byte[] Next(Random random)
    {
        var bytes = Mutation.Of(random, Packets.Samples[random.Next(Packets.Samples.Length)]);
        return random.Next(3) == 0 && bytes.Length > 1 ? bytes[..random.Next(1, bytes.Length)] : bytes;
    }

    private static List<byte[]> Pieces(Random random, byte[] bytes)
    {
        if (random.Next(3) != 0)
        {
            return [bytes];
        }

        // Behind it a good one: what is read of it must not depend on how the stream was cut.
        byte[] stream = [.. bytes, .. Packets.Samples[random.Next(Packets.Samples.Length)]];
        var pieces = new List<byte[]>();

        for (var at = 0; at < stream.Length;)
        {
            var length = Math.Min(random.Next(1, 40), stream.Length - at);
            pieces.Add(stream[at..(at + length)]);
            at += length;
        }

        return pieces;
    }

    /// <returns>Whether it lives, and whether it takes readings.</returns>
    private static async Task<(bool Alive, bool Recovered)> ServiceAsync(int injected, int seed, FaultRun run, CancellationToken cancellationToken)
    {
        var random = new Random(seed);
        await using var proxied = await ProxiedStage.StartAsync(cancellationToken);
        var spaces = await proxied.AddSpacesAsync(16, 16, cancellationToken);
        var process = proxied.Stage.Platform.IotIngestProcess;

        for (var sent = 0; sent < injected && !process.HasExited; sent += proxied.Partitions)
        {
            await proxied.FollowingAsync(cancellationToken);

            foreach (var line in proxied.Proxy.Partitions)
            {
                try
                {
                    await line.InjectAsync(Next(random), 0, cancellationToken);
                }
                catch (Exception e) when (e is System.Net.Sockets.SocketException or ObjectDisposedException)
                {
                    // It has ended in the meantime.
                }
            }

            // What a packet without its end has swallowed would be missing to the next one.
            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
            proxied.Proxy.Cut();
        }

        run.Say(process.HasExited ? "iot-ingest has ended" : "iot-ingest lives");

        try
        {
            await proxied.FollowingAsync(cancellationToken);
            await proxied.Stage.ProbeAsync(spaces, TimeProvider.System.GetUtcNow() - Spacing, cancellationToken);
            return (!process.HasExited, true);
        }
        catch (TimeoutException)
        {
            return (!process.HasExited, false);
        }
    }
}
