using System.Globalization;

namespace Coworking.Bench;

/// <summary>P19, stream clients: what an event costs that reaches one of ten times as many readers.</summary>
internal static class P19Clients
{
    public static async Task<bool> RunAsync(RunOptions options, CancellationToken cancellationToken)
    {
        var (clients, messages) = (options.Pick(200, 2000, 10_000), StreamReaders.Rate * options.Pick(2, 15, 20));
        await using var stage = await StreamStage.StartAsync(cancellationToken);
        var plan = new Plan
        {
            Id = "P19-clients",
            Title = "growth: ten times as many readers of the stream",
            What = string.Create(CultureInfo.InvariantCulture, $"""
                The stream of P17: {StreamReaders.Rate} events a second to {clients / 10}, {clients * 3 / 10} and {clients} readers, {messages / StreamReaders.Rate} s a round. CPU time of iot-ingest
                less what it uses for a single reader: taking the samples in costs the same however many read them. The ratio is many readers : few readers.
                """),
            Unit = "µs of CPU per event",
            WorkUnit = "event",
            Goal = new Goal(1.1, 1.1, AtLeast: false),
            OursName = string.Create(CultureInfo.InvariantCulture, $"{clients} readers"),
            PeerName = string.Create(CultureInfo.InvariantCulture, $"{clients / 10} readers"),
        };
        var (few, alone) = (clients / 10, 0.0);
        return await Growth.RunAsync(plan, options, "readers", [few, few * 3, clients], MeasureAsync, cancellationToken);

        async Task<Measured> MeasureAsync(long size, int round)
        {
            if (size == few)
            {
                alone = (await stage.OursAsync(1, messages, cancellationToken)).Value;
            }

            var measured = await stage.OursAsync(size, messages, cancellationToken);
            return measured with { Value = ((size * measured.Value) - alone) / (size - 1) };
        }
    }
}
