using System.Net;
using Coworking.Reservations.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace Coworking.Reservations.Tests.Bookings;

public sealed class BookingHistoriesTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    private const int Histories = 25;

    /// <summary>A step of a history: place, move or cancel; the booking is one of those placed before.</summary>
    public sealed record Step(int Kind, int Booking, int Space, int Client, int Day, int Hour, int Hours);

    [Fact]
    public async Task Any_history_of_bookings_goes_as_the_rules_say()
    {
        var steps =
            from kind in Gen.Frequency((5, Gen.Constant(0)), (3, Gen.Constant(1)), (2, Gen.Constant(2)))
            from booking in Gen.Choose(0, 30)
            from space in Gen.Choose(0, 1)
            from client in Gen.Choose(0, 1)
            from day in Gen.Choose(5, 8)
            from hour in Gen.Choose(0, 5)
            from hours in Gen.Choose(1, 3)
            select new Step(kind, booking, space, client, day, hour, hours);
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

        foreach (var step in history)
        {
            var (start, end) = (monday.AddDays(step.Day).AddHours(step.Hour), monday.AddDays(step.Day).AddHours(step.Hour + step.Hours));
            var wish = new Model.Row(step.Space, step.Client, start, end);
            var body = Stage.Wish(spaces[step.Space], start, step.Hours, clients[step.Client]);

            if (step.Kind == 0)
            {
                var (answer, expected) = (await user.PostAsync("/bookings", body), model.Judge(wish, self: null));
                Assert.Equal(expected ?? "created", answer.Status == HttpStatusCode.Created ? "created" : answer.Code);

                if (expected is null)
                {
                    model.Rows[answer.Id] = wish;
                }
            }
            else if (model.Rows.Count > 0)
            {
                var id = model.Rows.Keys.Order().ElementAt(step.Booking % model.Rows.Count);

                if (step.Kind == 1)
                {
                    var (answer, expected) = (await user.PatchAsync($"/bookings/{id}", body), model.Judge(wish, id));
                    Assert.Equal(expected ?? "ok", answer.Status == HttpStatusCode.OK ? "ok" : answer.Code);
                    model.Rows[id] = expected is null ? wish : model.Rows[id];
                }
                else
                {
                    (await user.DeleteAsync($"/bookings/{id}")).Is(HttpStatusCode.NoContent);
                    model.Rows.Remove(id);
                }
            }
        }
    }

    /// <summary>The two rules that rivals fight over, in memory.</summary>
    private sealed class Model
    {
        internal Dictionary<Guid, Row> Rows { get; } = [];

        internal string? Judge(Row wish, Guid? self)
        {
            var others = Rows.Where(row => row.Key != self).Select(row => row.Value).ToList();
            return others.Any(row => row.Space == wish.Space && row.Start < wish.End && wish.Start < row.End) ? "booking.slot_taken"
                : others.Count(row => row.Client == wish.Client && Week(row.Start) == Week(wish.Start)) >= 3 ? "booking.weekly_limit"
                : null;
        }

        private static (int, int) Week(DateTimeOffset start) =>
            (System.Globalization.ISOWeek.GetYear(start.UtcDateTime), System.Globalization.ISOWeek.GetWeekOfYear(start.UtcDateTime));

        internal sealed record Row(int Space, int Client, DateTimeOffset Start, DateTimeOffset End);
    }
}
