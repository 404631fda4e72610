using System.Net;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Waitlist;

public sealed class OfferRivalsTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task Who_gives_an_offer_up_never_hears_of_a_rival_for_the_slot_that_takes_no_lock()
    {
        // Of three holds two meet a rival in the constraint who is gone again when one looks.
        await host.ExecuteAsync("create sequence rivals");
        await host.ExecuteAsync("""
            create function rival() returns trigger language plpgsql as
            $$ begin if nextval('rivals') % 3 <> 0 then raise exception 'injected' using errcode = '23P01', constraint = 'bookings_no_overlap'; end if; return new; end $$
            """);

        await GiveUpAsync("declines", async first => (await host.Nobody().PostAsync(host.Link(first) + "/decline", new { })).Is(HttpStatusCode.OK));
        await GiveUpAsync("leaves", async first => (await host.Admin.DeleteAsync($"/waitlist/{first}")).Is(HttpStatusCode.NoContent));
    }

    private async Task GiveUpAsync(string how, Func<Guid, Task<Answer>> giveUp)
    {
        var (space, monday) = (await host.SpaceAsync(), Stage.Monday());
        var booked = await host.BookAsync(space, monday.AddHours(9));
        var first = await host.WaitAsync(space, monday.AddHours(9), monday.AddHours(10));
        var second = await host.WaitAsync(space, monday.AddHours(9), monday.AddHours(10));
        (await host.User.DeleteAsync($"/bookings/{booked.Id}")).Is(HttpStatusCode.NoContent);
        Assert.Equal("offered", await host.StatusAsync(first));
        await host.ExecuteAsync($"create trigger rival_{how} before insert on bookings for each row when (new.space_id = '{space}') execute function rival()");
        await giveUp(first);
        Assert.Equal("offered", await host.StatusAsync(second));
    }
}
