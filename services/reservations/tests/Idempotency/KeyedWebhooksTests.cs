using System.Net;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Idempotency;

public sealed class KeyedWebhooksTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task A_replay_and_its_answer_commit_together()
    {
        var (webhook, delivery) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await host.ExecuteAsync(
            "insert into webhooks (id, url, events, secret, created_at, updated_at) values ($1, 'http://127.0.0.1:9/', '{*}', 'whsec_', now(), now())", webhook);
        await host.ExecuteAsync(
            """
            insert into webhook_deliveries (id, webhook_id, event, body, status, tries, next_try_at, created_at, settled_at)
            values ($2, $1, 'booking.placed', '{}', 'failed', 10, now(), now(), now())
            """,
            webhook, delivery);
        await host.ExecuteAsync("create sequence lost_replays");
        await host.ExecuteAsync("""
            create function lose_replay() returns trigger language plpgsql as
            $$ begin if nextval('lost_replays') = 1 then raise exception 'injected' using errcode = '57P01'; end if; return new; end $$
            """);
        await host.ExecuteAsync("create trigger lose_replay before insert on idempotency_keys for each row execute function lose_replay()");

        var replay = $"/webhooks/{webhook}/deliveries/{delivery}/replay";
        (await host.Admin.PostOnceAsync(replay, new { }, "once")).Is(HttpStatusCode.ServiceUnavailable);
        Assert.Equal("failed", await host.ScalarAsync<string>("select status from webhook_deliveries where id = $1", delivery));
        var done = (await host.Admin.PostOnceAsync(replay, new { }, "once")).Is(HttpStatusCode.Accepted);
        Assert.Equal(("pending", 0), (done["status"].GetString(), done["tries"].GetInt32()));
        Assert.Equal(done.Body.ToString(), (await host.Admin.PostOnceAsync(replay, new { }, "once")).Is(HttpStatusCode.Accepted).Body.ToString());
    }
}
