using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Coworking.Bench;
using Coworking.Faults.Bookings;

namespace Coworking.Faults.Histories;

/// <summary>S6: random histories of bookings at the real service, beside a model in memory; of steps that were asked at once there must be an order that explains all answers.</summary>
internal sealed class BookingHistories : IDisposable
{
    private const int Pairs = 64;
    private const int AtOnce = 16;
    private const int Rounds = 4;
    private const int MostRivals = 3;

    private static readonly int[][] NoOrder = [[]];

    private readonly Stage _stage;
    private readonly BookingSide _side;
    private readonly Guid[] _spaces;
    private readonly ConcurrentQueue<string> _mismatches = new();
    private readonly ConcurrentDictionary<string, long> _outcomes = new();
    private long _asked;
    private long _rivals;

    private BookingHistories(Stage stage, Guid[] spaces) => (_stage, _spaces, _side) = (stage, spaces, BookingSide.AtService(stage));

    public void Dispose() => _side.Dispose();

    public static async Task<bool> RunAsync(FaultOptions options, CancellationToken cancellationToken)
    {
        var histories = options.Small ? 200 : options.Repeat is { } repeat ? repeat * 10 : 10_000;
        var run = new FaultRun("S6", "histories of bookings beside a model", options);
        await using var stage = await Stage.StartAsync(cancellationToken);
        using var self = new BookingHistories(stage, await BookingSide.AddSpacesAsync(stage, 2 * Pairs, cancellationToken));
        await self.GuardAsync(cancellationToken);
        run.Say($"{histories:#,0} histories, seed {options.Seed}");
        var (next, began) = (-1, Stopwatch.GetTimestamp());
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
        {
            for (var history = Interlocked.Increment(ref next); history < histories; history = Interlocked.Increment(ref next))
            {
                await self.PlayAsync(history, options.Seed, cancellationToken);

                if (history % 1000 == 999)
                {
                    run.Say($"{history + 1:#,0} histories, {self._asked:#,0} requests, {self._mismatches.Count} mismatches");
                }
            }
        }));
        var rate = self._asked / Stopwatch.GetElapsedTime(began).TotalSeconds;

        foreach (var mismatch in self._mismatches.Take(5))
        {
            Console.WriteLine(mismatch);
        }

        var verdict = new Verdict(
        [
            new Check("histories that go as the model says, and end with its rows", histories, histories - self._mismatches.Count, self._mismatches.Count, 0),
        ]);
        var outcomes = string.Join(", ", self._outcomes.OrderByDescending(outcome => outcome.Value).Select(outcome => $"{outcome.Key} {outcome.Value:#,0}"));
        var what = string.Create(CultureInfo.InvariantCulture, $"""
            {histories:#,0} histories, {AtOnce} at a time, over HTTP at reservations: {self._asked:#,0} requests ({rate:#,0}/s) that place, move, cancel and turn bookings of two clients in two spaces, one of which wants approval, within two weeks.
            Each history has {Rounds} rounds of one to {MostRivals} steps; {self._rivals:#,0} steps were asked at the same moment as another of their history. The answers of a round must be those of the model in some order of its steps (the
            states that are possible so far are carried on), and the rows in the database those of the model at the end. Answers: {outcomes}.{string.Concat(self._mismatches.Take(3).Select(mismatch => $"\n\n```\n{mismatch}\n```"))}
            """);
        return await run.ConcludeAsync(verdict, what, fault => fault.First, null, cancellationToken);
    }

    /// <summary>Of each pair the second space wants approval.</summary>
    private async Task GuardAsync(CancellationToken cancellationToken)
    {
        for (var pair = 0; pair < Pairs; pair++)
        {
            var reply = await _side.SendAsync(HttpMethod.Put, $"/api/v1/spaces/{_spaces[(2 * pair) + BookingModel.Guarded]}/policy", new { requiresApproval = true }, isAdmin: true, cancellationToken);

            if (reply.Status != 200)
            {
                throw new InvalidOperationException($"The policy was refused: {reply.Status} {reply.Text}");
            }
        }
    }

    private async Task PlayAsync(int history, int seed, CancellationToken cancellationToken)
    {
        var random = new Random(HashCode.Combine(seed, history));
        var monday = BookingSide.FirstHour.AddDays(14 * (history / Pairs));
        var scene = new Scene(_spaces[2 * (history % Pairs)], _spaces[(2 * (history % Pairs)) + 1], history);
        List<BookingModel> possible = [new(monday)];
        var told = new List<string>();

        for (var round = 0; round < Rounds; round++)
        {
            var steps = Enumerable.Range(0, 1 + random.Next(MostRivals)).Select(_ => Draw(random)).ToArray();
            var ids = possible[0].Rows.Keys.ToArray();
            var asked = steps.Where(step => step.Kind == Step.Place || ids.Length > 0).Select(step => (Step: step, Id: step.Kind == Step.Place ? default : ids[step.Booking % ids.Length])).ToArray();
            Interlocked.Add(ref _rivals, asked.Length > 1 ? asked.Length : 0);
            var answers = await Task.WhenAll(asked.Select(one => AskAsync(scene, possible[0].WishOf(one.Step), one.Step, one.Id, cancellationToken)));
            told.AddRange(asked.Zip(answers, (one, answer) => $"round {round}: {one.Step} of {one.Id}: {answer.Outcome} {answer.Id}"));
            possible = [.. possible.SelectMany(model => Explain(model, [.. asked.Select(one => one.Step)], answers)).DistinctBy(model => string.Join(';', model.Rows))];

            if (possible.Count == 0)
            {
                _mismatches.Enqueue($"history {history}: no order of the last round explains its answers\n{string.Join('\n', told)}");
                return;
            }
        }

        var stored = await StoredAsync(scene, cancellationToken);

        if (!possible.Exists(model => model.Rows.OrderBy(row => row.Key).SequenceEqual(stored.OrderBy(row => row.Key))))
        {
            _mismatches.Enqueue($"history {history}: stored are {string.Join("; ", stored)}\n{string.Join('\n', told)}");
        }
    }

    private static Step Draw(Random random) => new(
        random.Next(13) switch { < 5 => Step.Place, < 8 => Step.Move, < 9 => Step.Cancel, _ => 3 },
        random.Next(30), random.Next(2), random.Next(2), random.Next(5, 9), random.Next(6), random.Next(1, 4), random.Next(BookingModel.Verbs.Length));

    /// <summary>The states after those orders of the steps that give just these answers.</summary>
    private static IEnumerable<BookingModel> Explain(BookingModel model, Step[] steps, (string Outcome, Guid Id)[] answers)
    {
        foreach (var order in Orders(steps.Length))
        {
            var then = model.Copy();

            if (order.All(at => then.Apply(steps[at], answers[at].Id) == answers[at].Outcome))
            {
                yield return then;
            }
        }
    }

    private static IEnumerable<int[]> Orders(int count) => count == 0
        ? NoOrder
        : Orders(count - 1).SelectMany(order => Enumerable.Range(0, count).Select(at => (int[])[.. order[..at], count - 1, .. order[at..]]));

    private async Task<(string Outcome, Guid Id)> AskAsync(Scene scene, BookingModel.Row wish, Step step, Guid id, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _asked);
        var body = BookingSide.Wish(scene.Space(wish.Space), scene.Email(wish.Client), wish.Start, wish.End - wish.Start);
        var reply = step.Kind switch
        {
            Step.Place => await _side.BookAsync(body, cancellationToken),
            Step.Move => await _side.SendAsync(HttpMethod.Patch, $"/api/v1/bookings/{id}", body, isAdmin: false, cancellationToken),
            Step.Cancel => await _side.SendAsync(HttpMethod.Delete, $"/api/v1/bookings/{id}", null, isAdmin: false, cancellationToken),
            _ => await _side.SendAsync(HttpMethod.Post, $"/api/v1/bookings/{id}/{BookingModel.Verbs[step.Verb].Verb}", new { }, isAdmin: true, cancellationToken),
        };

        if (reply.Status == 204)
        {
            _outcomes.AddOrUpdate("cancelled", 1, (_, count) => count + 1);
            return ("cancelled", id);
        }

        if (reply.Status == 0)
        {
            return (reply.Text, id);
        }

        using var json = JsonDocument.Parse(reply.Text);
        var outcome = json.RootElement.GetProperty(reply.Status < 400 ? "status" : "code").GetString()!;
        _outcomes.AddOrUpdate(outcome, 1, (_, count) => count + 1);
        return (outcome, reply.Status == 201 ? json.RootElement.GetProperty("id").GetGuid() : id);
    }

    private async Task<Dictionary<Guid, BookingModel.Row>> StoredAsync(Scene scene, CancellationToken cancellationToken)
    {
        await using var command = _stage.Database.CreateCommand("select id, space_id, client_email, start_time, end_time, status from reservations.bookings where client_email = any($1)");
        command.Parameters.Add(new() { Value = new[] { scene.Email(0), scene.Email(1) } });
        var rows = new Dictionary<Guid, BookingModel.Row>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            var (space, client) = (reader.GetGuid(1) == scene.Space(0) ? 0 : 1, reader.GetString(2) == scene.Email(0) ? 0 : 1);
            rows.Add(reader.GetGuid(0), new BookingModel.Row(space, client, reader.GetFieldValue<DateTimeOffset>(3), reader.GetFieldValue<DateTimeOffset>(4), reader.GetString(5)));
        }

        return rows;
    }

    private sealed record Scene(Guid First, Guid Second, int History)
    {
        public Guid Space(int number) => number == 0 ? First : Second;

        public string Email(int client) => string.Create(CultureInfo.InvariantCulture, $"history-{History}-{client}@example.com");
    }
}
