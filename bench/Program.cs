using System.Globalization;

namespace Coworking.Bench;

internal static class Program
{
    private static readonly Dictionary<string, Func<RunOptions, CancellationToken, Task<bool>>> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["smoke"] = (_, cancellationToken) => Smoke.RunAsync(cancellationToken),
        ["P1"] = P1.RunAsync,
        ["P2"] = P2.RunAsync,
        ["P2-alone"] = P2.RunAloneAsync,
        ["P3"] = P2.RunNodeRedAsync,
        ["P4"] = P4.RunAsync,
        ["P5"] = P5.RunAsync,
        ["P6"] = P6.RunAsync,
        ["P7"] = P7.RunAsync,
        ["P7-haproxy"] = P7.RunHaProxyAsync,
        ["P8"] = P8.RunAsync,
        ["P9"] = P9.RunAsync,
        ["P10"] = P10.RunAsync,
        ["P11"] = P11.RunAsync,
        ["P12"] = P12.RunAsync,
        ["P13"] = P13.RunAsync,
        ["P14"] = P14.RunAsync,
        ["P15"] = P15.RunAsync,
        ["P16"] = P16.RunAsync,
        ["P17"] = P17.RunAsync,
        ["P17-fastify"] = P17.RunFastifyAsync,
        ["P18"] = P18.RunAsync,
        ["P19-clients"] = P19Clients.RunAsync,
        ["P19-devices"] = P19Devices.RunAsync,
        ["P19-keys"] = P19Keys.RunAsync,
        ["P19-outbox"] = P19Outbox.RunAsync,
        ["P19-rows"] = P19Rows.RunAsync,
        ["P19-spaces"] = P19Spaces.RunAsync,
        ["Q30"] = Q30.RunAsync,
        ["OVER"] = Overload.RunAsync,
    };

    private static string Usage => $"""
        usage: ./dev bench [ID...] [--rounds N] [--size smoke|standard|full]
        IDs: {string.Join(", ", Known.Keys)}; without one, all of them.
        --rounds  rounds that count, after one that is dropped; default 5
        --size    standard: a number in about five minutes; full: the whole workload; smoke: only to see that it works
        """;

    private static async Task<int> Main(string[] words)
    {
        if (words is [P5Client.Verb, var port, var messages])
        {
            return await P5Client.RunAsync(int.Parse(port, CultureInfo.InvariantCulture), long.Parse(messages, CultureInfo.InvariantCulture), CancellationToken.None);
        }

        switch (words)
        {
            case [BareYarp.Verb, var itsPort, var upstream]:
                return await BareYarp.RunAsync(int.Parse(itsPort, CultureInfo.InvariantCulture), upstream);
            case [BarePublish.Verb, var itsPort, var address]:
                return await BarePublish.RunAsync(int.Parse(itsPort, CultureInfo.InvariantCulture), address);
            case [KeyService.Verb, var itsPort, var key]:
                return await KeyService.RunAsync(int.Parse(itsPort, CultureInfo.InvariantCulture), key);
        }

        if (Parse(words) is not var (ids, options))
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }

        var held = true;

        foreach (var id in ids)
        {
            // Bounded: whatever hangs, a run is over after this.
            using var limit = new CancellationTokenSource(options.Size == Size.Full ? TimeSpan.FromMinutes(30) : TimeSpan.FromMinutes(6));

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
    private static (List<string> Ids, RunOptions Options)? Parse(string[] words)
    {
        var (ids, rounds, size) = (new List<string>(), 5, Size.Standard);

        for (var i = 0; i < words.Length; i++)
        {
            switch (words[i])
            {
                case "--rounds" when i + 1 < words.Length && int.TryParse(words[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out rounds) && rounds is >= 1 and <= 50:
                case "--size" when i + 1 < words.Length && Enum.TryParse(words[i + 1], ignoreCase: true, out size) && Enum.IsDefined(size):
                    i++;
                    break;
                default:
                    if (!Known.ContainsKey(words[i]))
                    {
                        return null;
                    }

                    ids.Add(words[i]);
                    break;
            }
        }

        return (ids.Count == 0 ? [.. Known.Keys] : ids, new RunOptions(rounds, size));
    }
}
