using System.Net;
using Coworking.Faults.Histories;
using Coworking.Reservations.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace Coworking.Reservations.Tests.Bookings;

/// <summary>The short form of ./dev faults S6: one step after the other; there, steps also meet.</summary>
public sealed class BookingHistoriesTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    private const int Histories = 15;

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
            from verb in Gen.Choose(0, BookingModel.Verbs.Length - 1)
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
        var (spaces, clients, monday, user) = (new[] { await host.SpaceAsync(), await host.SpaceAsync() }, new[] { Stage.Email(), Stage.Email() }, Stage.Monday(), host.User);
        // The next history must not share this one's second week.
        _ = Stage.Monday();
        var model = new BookingModel(monday);
        (await host.Admin.PutAsync($"/spaces/{spaces[BookingModel.Guarded]}/policy", new { requiresApproval = true })).Is(HttpStatusCode.OK);

        foreach (var step in history.Where(step => step.Kind == Step.Place || model.Rows.Count > 0))
        {
            var (wish, id) = (model.WishOf(step), step.Kind == Step.Place ? default : model.Rows.Keys.ElementAt(step.Booking % model.Rows.Count));
            var body = Stage.Wish(spaces[step.Space], wish.Start, step.Hours, clients[step.Client]);
            var verb = BookingModel.Verbs[step.Verb].Verb;
            var answer = step.Kind switch
            {
                Step.Place => await user.PostAsync("/bookings", body),
                Step.Move => await user.PatchAsync($"/bookings/{id}", body),
                Step.Cancel => await user.DeleteAsync($"/bookings/{id}"),
                _ => await host.Admin.PostAsync($"/bookings/{id}/{verb}", new { }),
            };
            var outcome = (int)answer.Status >= 400 ? answer.Code : answer.Status == HttpStatusCode.NoContent ? "cancelled" : answer["status"].GetString();
            Assert.Equal(model.Apply(step, answer.Status == HttpStatusCode.Created ? answer.Id : id), outcome);
        }

        foreach (var (id, row) in model.Rows)
        {
            Assert.Equal(row.Status, (await user.GetAsync($"/bookings/{id}?includeCancelled=true")).Is(HttpStatusCode.OK)["status"].GetString());
        }
    }
}
