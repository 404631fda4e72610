using System.Net;
using Coworking.Reservations.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace Coworking.Reservations.Tests.Bookings;

public sealed class BookingHistoriesTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    private const int Histories = 15;

    private static readonly (string Verb, string Status)[] Verbs =
        [("confirm", "confirmed"), ("reject", "rejected"), ("start", "in_progress"), ("complete", "completed"), ("no-show", "no_show"), ("cancel", "cancelled")];

    /// <summary>A step of a history: place, move, cancel or turn; the booking is one of those placed before.</summary>
    public sealed record Step(int Kind, int Booking, int Space, int Client, int Day, int Hour, int Hours, int Verb);

    [Fact]
    public async Task Any_history_of_bookings_goes_as_the_rules_say()
    {
        var steps =
            from kind in Gen.Frequency((5, Gen.Constant(0)), (3, Gen.Constant(1)), (1, Gen.Constant(2)), (4, Gen.Constant(3)))
            from booking in Gen.Choose(0, 30)
            from space in Gen.Choose(0, 1)
            from client in Gen.Choose(0, 1)
            from day in Gen.Choose(5, 8)
            from hour in Gen.Choose(0, 5)
            from hours in Gen.Choose(1, 3)
            from verb in Gen.Choose(0, Verbs.Length - 1)
            select new Step(kind, booking, space, client, day, hour, hours, verb);
        // Seeded: a failure comes again.
        var histories = steps.ListOf(20).Sample(10, new Rnd(20_261_121), Histories);

        foreach (var history in histories)
        {
            await PlayAsync([.. history]);
        }
    }

    private async Task PlayAsync(IReadOnlyList<Step> history)
    {
        var model = new Model();
        var (spaces, clients, monday, user) = (new[] { await host.SpaceAsync(), await host.SpaceAsync() }, new[] { Stage.Email(), Stage.Email() }, Stage.Monday(), host.User);
        // The next history must not share this one's second week.
        _ = Stage.Monday();
        // The second space wants approval, so that every state but held is met.
        (await host.Admin.PutAsync($"/spaces/{spaces[Model.Guarded]}/policy", new { requiresApproval = true })).Is(HttpStatusCode.OK);

        foreach (var step in history)
        {
            var (start, end) = (monday.AddDays(step.Day).AddHours(step.Hour), monday.AddDays(step.Day).AddHours(step.Hour + step.Hours));
            var wish = new Model.Row(step.Space, step.Client, start, end, step.Space == Model.Guarded ? "pending" : "confirmed");
            var body = Stage.Wish(spaces[step.Space], start, step.Hours, clients[step.Client]);

            if (step.Kind == 0)
            {
                var (answer, expected) = (await user.PostAsync("/bookings", body), model.Judge(wish, self: null));
                Assert.Equal(expected ?? wish.Status, answer.Status == HttpStatusCode.Created ? answer["status"].GetString() : answer.Code);

                if (expected is null)
                {
                    model.Rows[answer.Id] = wish;
                }
            }
            else if (model.Rows.Count > 0)
            {
                var id = model.Rows.Keys.Order().ElementAt(step.Booking % model.Rows.Count);
                var (answer, expected, becomes) = step.Kind switch
                {
                    1 => (await user.PatchAsync($"/bookings/{id}", body), model.Move(id, wish, out var moved), moved),
                    2 => (await user.DeleteAsync($"/bookings/{id}"), model.Cancel(id), "cancelled"),
                    _ => (await host.Admin.PostAsync($"/bookings/{id}/{Verbs[step.Verb].Verb}", new { }), model.Turn(id, Verbs[step.Verb].Status), Verbs[step.Verb].Status),
                };
                Assert.Equal(expected ?? becomes, (int)answer.Status >= 400 ? answer.Code : step.Kind == 2 ? "cancelled" : answer["status"].GetString());
            }
        }

        foreach (var (id, row) in model.Rows)
        {
            Assert.Equal(row.Status, (await user.GetAsync($"/bookings/{id}?includeCancelled=true")).Is(HttpStatusCode.OK)["status"].GetString());
        }
    }

    /// <summary>The rules that rivals fight over and the machine of states, in memory. Everything lies in the future: what ends, ends before it began.</summary>
    private sealed class Model
    {
        internal const int Guarded = 1;

        private static readonly string[] Live = ["pending", "confirmed", "in_progress"];
        private static readonly string[] Counted = [.. Live, "completed", "no_show"];

        private static readonly HashSet<(string, string)> Legal =
        [
            ("pending", "confirmed"), ("pending", "rejected"), ("pending", "cancelled"), ("confirmed", "in_progress"), ("confirmed", "completed"),
            ("confirmed", "cancelled"), ("confirmed", "no_show"), ("in_progress", "completed"), ("in_progress", "cancelled"),
        ];

        internal Dictionary<Guid, Row> Rows { get; } = [];

        internal string? Judge(Row wish, Guid? self)
        {
            var others = Rows.Where(row => row.Key != self).Select(row => row.Value).ToList();
            return others.Any(row => Live.Contains(row.Status) && row.Space == wish.Space && row.Start < wish.End && wish.Start < row.End) ? "booking.slot_taken"
                : others.Count(row => Counted.Contains(row.Status) && row.Client == wish.Client && Week(row.Start) == Week(wish.Start)) >= 3 ? "booking.weekly_limit"
                : null;
        }

        internal string? Move(Guid id, Row wish, out string status)
        {
            var row = Rows[id];
            // Who elsewhere needs approval waits for it again.
            status = row.Status == "confirmed" && wish.Space == Guarded && (row.Space, row.Start, row.End) != (wish.Space, wish.Start, wish.End) ? "pending" : row.Status;

            if (row.Status == "cancelled")
            {
                return "booking.not_found";
            }

            if (row with { Status = "" } == wish with { Status = "" })
            {
                return null;
            }

            var keeps = (row.Space, row.Client, row.Start) == (wish.Space, wish.Client, wish.Start);
            var refusal = !Live.Contains(row.Status) ? "booking.over" : row.Status == "in_progress" && !keeps ? "booking.running" : Judge(wish, id);
            Rows[id] = refusal is null ? wish with { Status = status } : row;
            return refusal;
        }

        internal string? Cancel(Guid id) => Rows[id].Status == "cancelled" ? "booking.not_found" : Turn(id, "cancelled");

        internal string? Turn(Guid id, string status)
        {
            if (!Legal.Contains((Rows[id].Status, status)))
            {
                return "booking.illegal_transition";
            }

            Rows[id] = Rows[id] with { Status = status };
            return null;
        }

        private static (int, int) Week(DateTimeOffset start) =>
            (System.Globalization.ISOWeek.GetYear(start.UtcDateTime), System.Globalization.ISOWeek.GetWeekOfYear(start.UtcDateTime));

        internal sealed record Row(int Space, int Client, DateTimeOffset Start, DateTimeOffset End, string Status);
    }
}
