using System.Globalization;
using Coworking.Faults.Ingest;

namespace Coworking.Faults;

internal static class Program
{
    private static readonly Dictionary<string, Func<FaultOptions, CancellationToken, Task<bool>>> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["fleet"] = Fleet.RunAsync,
        ["R1"] = KillIngest.RunAsync,
        ["R3"] = Bookings.KillPostgres.RunAsync,
        ["R4"] = Bookings.KillRabbit.RunAsync,
        ["R11"] = Bookings.BookingStorm.RunAsync,
        ["R12"] = Bookings.TripledPosts.RunAsync,
        ["R2"] = CutAcknowledgements.RunAsync,
        ["R5"] = KillBroker.RunAsync,
        ["R6"] = PausedIngest.RunAsync,
        ["R7"] = CutConnections.RunAsync,
        ["R8"] = Disorder.RunAsync,
        ["R9"] = Poison.RunAsync,
        ["R10"] = Overloaded.RunAsync,
        ["R18"] = RollOver.RunAsync,
        ["R19"] = Soak.RunAsync,
        ["S1"] = BrokerRights.RunAsync,
        ["S5"] = DecoderFuzz.RunAsync,
        ["R13"] = RollingRestart.RunAsync,
        ["R14"] = BehindTheDoor.RunAsync,
        ["R15"] = LimiterExactness.RunAsync,
        ["R16"] = Databases.StuckDatabase.RunAsync,
        ["R17"] = Streams.StreamCuts.RunAsync,
        ["R20"] = DumpRestore.RunAsync,
        ["R21"] = TwoReplicas.RunAsync,
        ["S2"] = Doors.ForeignHands.RunAsync,
        ["S3"] = Doors.HostileRequests.RunAsync,
        ["S4"] = SchemaFuzz.RunAsync,
        ["S6"] = Histories.BookingHistories.RunAsync,
    };

    private static string Usage => $"""
        usage: ./dev faults [ID...] [--repeat N] [--seed N] [--small] [--full]
        IDs: {string.Join(", ", Known.Keys)}; without one, all of them.
        --repeat  how many faults; default the whole number (fleet has always three)
        --seed    of the random moments; default a new one, which is printed
        --small   few devices, to see that it works
        --full    R10 and R19 at their whole length: five minutes, half an hour
        """;

    private static async Task<int> Main(string[] words)
    {
        if (Parse(words) is not var (ids, options))
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }

        var held = true;

        foreach (var id in ids)
        {
            // Bounded: half a minute a fault, and time to start and to count, which half an hour's readings take long.
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(options.Full ? 30 : 10) + (TimeSpan.FromSeconds(30) * (options.Repeat ?? 50)));

            try
            {
                held &= await Known[id](options, limit.Token);
            }
            catch (Exception e) when (e is InvalidOperationException or TimeoutException or IOException or OperationCanceledException or Npgsql.NpgsqlException)
            {
                // The others are run all the same.
                await Console.Error.WriteLineAsync($"{id} failed: {e.Message}");
                held = false;
            }
        }

        return held ? 0 : 1;
    }

    /// <summary>Null for what cannot be understood.</summary>
    private static (List<string> Ids, FaultOptions Options)? Parse(string[] words)
    {
        var ids = new List<string>();
        var options = new FaultOptions(null, false, Random.Shared.Next(1, 1_000_000));

        for (var i = 0; i < words.Length; i++)
        {
            var number = i + 1 < words.Length && int.TryParse(words[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var given) && given is >= 1 and <= 1_000_000 ? given : 0;

            if (words[i] == "--small")
            {
                options = options with { Small = true };
            }
            else if (words[i] == "--full")
            {
                options = options with { Full = true };
            }
            else if (words[i] is "--repeat" or "--seed" && number > 0)
            {
                options = words[i++] == "--seed" ? options with { Seed = number } : options with { Repeat = Math.Min(number, 1000) };
            }
            else if (Known.ContainsKey(words[i]))
            {
                ids.Add(words[i]);
            }
            else
            {
                return null;
            }
        }

        return (ids.Count == 0 ? [.. Known.Keys] : ids, options);
    }
}
