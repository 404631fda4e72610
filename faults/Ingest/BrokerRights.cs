using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Coworking.Bench;
using Coworking.Local;
using Coworking.Mqtt;

namespace Coworking.Faults.Ingest;

/// <summary>S1: what nobody may do at the broker, thousands of times; whoever is revoked is cut off.</summary>
internal static class BrokerRights
{
    private const int Cuts = 20;
    private const double MostSeconds = 5;

    private static readonly TimeSpan CutLimit = TimeSpan.FromSeconds(30);

    public static async Task<bool> RunAsync(FaultOptions options, CancellationToken cancellationToken)
    {
        var tries = options.Small ? 300 : 10_000;
        var run = new FaultRun("S1", "what nobody may do at the broker", options);
        var servers = new LocalServersOptions { Mosquitto = new MosquittoServerOptions { DynamicSecurity = true } };
        await using var stage = await Stage.StartAsync(cancellationToken, usual => usual with { AllowAnonymousDevices = false }, with: servers);
        using var http = new HttpClient();
        var spaces = BenchSpace.Many(4, 24);
        await BenchSpace.RegisterAsync(stage.Database, spaces, cancellationToken);
        var accounts = new List<Account>();

        // The last spaces stay without a device: nothing may ever be heard of them.
        foreach (var space in spaces.Take(20))
        {
            accounts.Add(await Account.RegisterAsync(stage, http, space, cancellationToken));
        }

        run.Say($"{tries} tries, {Cuts} devices revoked or given a new password, seed {options.Seed}");
        var old = new List<Account>();
        var start = TimeProvider.System.GetUtcNow().AddHours(-1);
        await AllowedAsync(stage, accounts, start, cancellationToken);

        for (var cut = 0; cut < Cuts; cut++)
        {
            var account = accounts[cut];
            old.Add(account);
            accounts[cut] = await CutAsync(stage, http, account, cut, run, cancellationToken);
        }

        var forbidden = new Forbidden(stage.Servers.Mosquitto.Port, accounts, old, spaces, start);
        var accepted = await TryAsync(forbidden, tries, options.Seed, cancellationToken);
        run.Say($"{accepted.Sum(kind => kind.Value)} tries were accepted");
        await AllowedAsync(stage, accounts, start.AddMinutes(1), cancellationToken);
        var readings = await stage.CountAsync("select count(*) from iot.readings", cancellationToken);
        var rejected = await stage.CountAsync("select count(*) from iot.rejected_readings", cancellationToken);
        var expected = 2L * accounts.Count;
        var verdict = new Verdict(
        [
            .. Forbidden.Kinds.Select((kind, number) => Check.AtMost($"accepted: {kind} ({forbidden.Tries[number]:#,0} tries)", 0, accepted.GetValueOrDefault(number))),
            Check.AtLeast("tries", tries, forbidden.Tries.Sum()),
            new Check("readings of what is allowed, before and after", expected, readings, Math.Max(0, expected - readings), Math.Max(0, readings - expected)),
            Check.AtMost("messages of the tries that reached iot-ingest", 0, rejected),
        ]);
        var what = string.Create(CultureInfo.InvariantCulture, $"""
            {accounts.Count} registered devices at a Mosquitto with the dynamic-security plugin as iot-ingest manages it; devices without an account may connect, and may do nothing. {Cuts} of them are removed or given a new password while they are connected ("every
            space": until the connection is closed). Then {tries:#,0} tries by {Forbidden.Workers} connections at a time, of kinds that follow from the seed.
            """);
        return await run.ConcludeAsync(verdict, what, fault => fault.All, MostSeconds, cancellationToken);
    }

    /// <summary>Each device says something of its own, and it is stored.</summary>
    private static async Task AllowedAsync(Stage stage, List<Account> accounts, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var before = await stage.CountAsync("select count(*) from iot.readings", cancellationToken);

        foreach (var account in accounts)
        {
            // No matching subscribers is a success for the broker: iot-ingest has yet to hear of the location.
            await Wait.UntilAsync(
                async () => await Account.PublishAsync(account.Options, account.Space.Topic, Forbidden.Sample(at), cancellationToken) == MqttReasonCode.Success,
                TimeSpan.FromSeconds(30), "a device may say its own", cancellationToken);
        }

        await Wait.UntilAsync(
            async () => await stage.CountAsync("select count(*) from iot.readings", cancellationToken) == before + accounts.Count, TimeSpan.FromSeconds(30), "what is allowed is stored", cancellationToken);
    }

    private static async Task<Account> CutAsync(Stage stage, HttpClient http, Account account, int number, FaultRun run, CancellationToken cancellationToken)
    {
        await using var connection = await MqttConnection.ConnectAsync(account.Options, Deaf.Instance, cancellationToken);
        var (at, began, next) = (run.Seconds, Stopwatch.GetTimestamp(), account);

        if (number % 2 == 0)
        {
            next = await account.RotateAsync(stage, http, cancellationToken);
        }
        else
        {
            await account.RemoveAsync(stage, http, cancellationToken);
        }

        await connection.Completion.WaitAsync(CutLimit, cancellationToken);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        run.Add(new Fault(number % 2 == 0 ? "new password" : "removed", at, null, seconds, seconds));
        return number % 2 == 0 ? next : await Account.RegisterAsync(stage, http, account.Space, cancellationToken);
    }

    /// <returns>Accepted tries, by kind.</returns>
    private static async Task<ConcurrentDictionary<int, long>> TryAsync(Forbidden forbidden, int tries, int seed, CancellationToken cancellationToken)
    {
        var accepted = new ConcurrentDictionary<int, long>();
        await Task.WhenAll(Enumerable.Range(0, Forbidden.Workers).Select(async worker =>
        {
            var random = new Random(seed + worker);

            for (var i = 0; i < tries / Forbidden.Workers; i++)
            {
                var kind = random.Next(Forbidden.Kinds.Count);

                if (await forbidden.TryAsync(kind, worker, random, cancellationToken))
                {
                    accepted.AddOrUpdate(kind, 1, (_, count) => count + 1);
                }
            }
        }));
        return accepted;
    }
}
