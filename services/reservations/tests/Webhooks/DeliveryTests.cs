using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Coworking.Reservations.Notifications;
using Coworking.Reservations.Tests.Notifications;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Webhooks;

public sealed class DeliveryTests(TellingHost telling) : IClassFixture<TellingHost>, IAsyncLifetime
{
    private Receiver _receiver = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ReservationsHost Host => telling.Host;

    public async ValueTask InitializeAsync()
    {
        await telling.ForgetAsync();
        _receiver = await Receiver.StartAsync();
    }

    public ValueTask DisposeAsync() => _receiver.DisposeAsync();

    [Fact]
    public async Task A_booking_is_delivered_once_signed_and_with_all_that_a_reader_needs()
    {
        var (id, secret) = await SubscribeAsync("booking.placed");
        var (location, space) = await telling.HouseAsync([], "America/Mexico_City", "Sala Azul");
        var booking = await Host.BookAsync(space, Stage.Monday().AddHours(16), email: MailBox.Address());
        await telling.SpreadAsync();
        (await Host.User.DeleteAsync($"/bookings/{booking.Id}")).Is(HttpStatusCode.NoContent);
        await telling.SpreadAsync();

        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => telling.WebhookCourier(TimeProvider.System).RunOnceAsync(Token)));

        var call = Assert.Single(_receiver.Calls);
        Assert.Equal("/hooks", call.Path);
        Assert.Equal($"v1={Hmac(secret, $"{call.Headers["Coworking-Timestamp"]}.{call.Body}")}", call.Headers["Coworking-Signature"]);
        Assert.Equal("booking.placed", call.Headers["Coworking-Event"]);
        Assert.Equal("application/json; charset=utf-8", call.Headers["Content-Type"]);
        var sentAt = DateTimeOffset.FromUnixTimeSeconds(long.Parse(call.Headers["Coworking-Timestamp"], CultureInfo.InvariantCulture));
        Assert.InRange(sentAt, TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeProvider.System.GetUtcNow().AddMinutes(1));
        var body = JsonDocument.Parse(call.Body).RootElement;
        Assert.Equal(call.Headers["Coworking-Delivery"], body.GetProperty("id").GetString());
        var told = body.GetProperty("data").GetProperty("booking");
        Assert.Equal((booking.Id, "confirmed", space), (told.GetProperty("id").GetGuid(), told.GetProperty("status").GetString(), told.GetProperty("spaceId").GetGuid()));
        Assert.Equal(("Sala Azul", "America/Mexico_City"), (told.GetProperty("space").GetProperty("name").GetString(), told.GetProperty("location").GetProperty("timezone").GetString()));
        Assert.Equal(location, told.GetProperty("locationId").GetGuid());
        var row = Assert.Single((await Host.Admin.GetAsync($"/webhooks/{id}/deliveries?status=delivered")).Data.EnumerateArray());
        Assert.Equal((1, 204), (row.GetProperty("tries").GetInt32(), row.GetProperty("lastStatusCode").GetInt32()));
        Assert.Equal(JsonValueKind.Null, row.GetProperty("nextTryAt").ValueKind);
    }

    [Fact]
    public async Task A_receiver_that_fails_is_tried_ten_times_over_twenty_hours_and_then_switched_off_with_a_notice()
    {
        var house = MailBox.Address("house");
        var (id, _) = await SubscribeAsync("booking.placed");
        await QueueAsync([house]);
        _receiver.Answer = Receiver.Status(500);
        var clock = new LeapingClock();
        var (began, last) = (clock.GetUtcNow(), clock.GetUtcNow());

        for (var tries = 1; tries <= 10; tries++)
        {
            Assert.Equal(1, await telling.WebhookCourier(clock).RunOnceAsync(Token));
            last = clock.GetUtcNow();

            if (tries < 10)
            {
                var row = Assert.Single((await Host.Admin.GetAsync($"/webhooks/{id}/deliveries?status=pending")).Data.EnumerateArray());
                Assert.Equal((tries, 500, "answered 500"), (row.GetProperty("tries").GetInt32(), row.GetProperty("lastStatusCode").GetInt32(), row.GetProperty("lastError").GetString()));
                Assert.Equal(0, await telling.WebhookCourier(clock).RunOnceAsync(Token));
                clock.Advance(row.GetProperty("nextTryAt").GetDateTimeOffset() - clock.GetUtcNow() + TimeSpan.FromMilliseconds(1));
            }
        }

        Assert.InRange(last - began, TimeSpan.FromHours(19), TimeSpan.FromHours(21));
        Assert.Equal(10, _receiver.Calls.Count);
        Assert.Single(_receiver.Calls.Select(call => (call.Headers["Coworking-Delivery"], call.Body)).Distinct());
        var webhook = await Host.Admin.GetAsync($"/webhooks/{id}");
        Assert.False(webhook["active"].GetBoolean());
        Assert.Equal("answered 500", webhook["disabledReason"].GetString());
        await telling.TellAsync(clock);
        var mails = await telling.Mails.ToAsync(house, 2);
        Assert.Contains(mails, mail => mail.GetProperty("subject").GetString()!.StartsWith($"Webhook switched off: {_receiver.Url}", StringComparison.Ordinal));

        var delivery = Assert.Single((await Host.Admin.GetAsync($"/webhooks/{id}/deliveries?status=failed")).Data.EnumerateArray()).GetProperty("id").GetGuid();
        var replay = $"/webhooks/{id}/deliveries/{delivery}/replay";
        (await Host.Admin.PostAsync(replay, new { })).Is(HttpStatusCode.Conflict);
        (await Host.Admin.PatchAsync($"/webhooks/{id}", new { active = true })).Is(HttpStatusCode.OK);
        Assert.Equal(0, (await Host.Admin.PostAsync(replay, new { })).Is(HttpStatusCode.Accepted)["tries"].GetInt32());
        (await Host.Admin.PostAsync(replay, new { })).Refuses(HttpStatusCode.Conflict, "The delivery is still being tried", "webhook.delivery_pending");
        _receiver.Answer = Receiver.Status(200);
        Assert.Equal(1, await telling.WebhookCourier(clock).RunOnceAsync(Token));
        Assert.Equal(delivery.ToString(), _receiver.Calls.Last().Headers["Coworking-Delivery"]);
        Assert.Single((await Host.Admin.GetAsync($"/webhooks/{id}/deliveries?status=delivered")).Data.EnumerateArray());
    }

    [Fact]
    public async Task A_receiver_that_refuses_one_body_and_takes_others_is_not_switched_off()
    {
        var (id, _) = await SubscribeAsync("booking.placed");
        await QueueAsync([]);
        var refused = await Host.ScalarAsync<Guid>("select id from webhook_deliveries where webhook_id = $1", id);
        _receiver.Answer = context => Receiver.Status(context.Request.Headers["Coworking-Delivery"] == refused.ToString() ? 400 : 204)(context);
        var clock = new LeapingClock();

        for (var tries = 1; tries <= 10; tries++)
        {
            if (tries == 9)
            {
                await QueueAsync([]);
            }

            await telling.WebhookCourier(clock).RunOnceAsync(Token);
            clock.Advance(Ladder.After(tries) ?? TimeSpan.Zero);
        }

        Assert.Equal(
            ("failed", 10, "answered 400"),
            (await Host.ScalarAsync<string>("select status from webhook_deliveries where id = $1", refused),
                await Host.ScalarAsync<int>("select tries from webhook_deliveries where id = $1", refused),
                await Host.ScalarAsync<string>("select last_error from webhook_deliveries where id = $1", refused)));
        Assert.True((await Host.Admin.GetAsync($"/webhooks/{id}"))["active"].GetBoolean());
        Assert.Equal(0L, await Host.ScalarAsync<long>("select count(*) from notices where kind = 'webhook.disabled' and payload->>'webhookId' = $1", id.ToString()));
    }

    [Fact]
    public async Task What_came_of_a_delivery_is_noted_though_the_database_goes_away_for_a_moment_and_one_that_breaks_is_tried_again()
    {
        var (whole, _) = await SubscribeAsync("booking.placed");
        var (broken, _) = await SubscribeAsync("booking.placed");
        await Host.ExecuteAsync("update webhooks set url = 'no address' where id = $1", broken);
        await QueueAsync([]);
        await using var blips = await Blips.OfAsync(Host, "webhook_deliveries", "new.status = 'delivered'");

        Assert.Equal(2, await telling.WebhookCourier(new LeapingClock()).RunOnceAsync(Token));

        Assert.Single(_receiver.Calls);
        Assert.Equal("delivered", await Host.ScalarAsync<string>("select status from webhook_deliveries where webhook_id = $1", whole));
        Assert.StartsWith("InvalidOperationException: ", await Host.ScalarAsync<string>("select last_error from webhook_deliveries where webhook_id = $1 and status = 'pending'", broken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("redirect", 302, "answered 302: redirects are not followed")]
    [InlineData("slow", null, "no answer within 0.3 s")]
    [InlineData("slow body", 200, null)]
    [InlineData("huge", 200, null)]
    [InlineData("header bomb", null, null)]
    [InlineData("hang up", null, null)]
    [InlineData("gone", 410, "answered 410")]
    public async Task A_receiver_that_misbehaves_costs_one_try_and_no_more(string how, int? status, string? error)
    {
        var (id, _) = await SubscribeAsync("booking.placed");
        await QueueAsync([]);
        await using var elsewhere = await Receiver.StartAsync();
        _receiver.Answer = Misbehaviour.Of(how, elsewhere.Url);

        TimeSpan? limit = how == "slow" ? TimeSpan.FromMilliseconds(300) : null;
        Assert.Equal(1, await telling.WebhookCourier(TimeProvider.System, limit).RunOnceAsync(Token).WaitAsync(TimeSpan.FromSeconds(90), Token));

        var row = Assert.Single((await Host.Admin.GetAsync($"/webhooks/{id}/deliveries")).Data.EnumerateArray());
        Assert.Equal(1, row.GetProperty("tries").GetInt32());
        Assert.Equal(status, row.GetProperty("lastStatusCode") is { ValueKind: JsonValueKind.Number } code ? code.GetInt32() : null);
        Assert.Equal(status is 200 ? "delivered" : "pending", row.GetProperty("status").GetString());
        Assert.Empty(elsewhere.Calls);

        if (error is not null)
        {
            Assert.Equal(error, row.GetProperty("lastError").GetString());
        }
    }

    [Fact]
    public async Task A_delivery_whose_courier_died_is_sent_by_the_next_and_a_dead_receiver_holds_up_no_other()
    {
        using var port = new DeadPort();
        var (dead, _) = await SubscribeAsync("*", $"http://127.0.0.1:{port.Port}/");
        await SubscribeAsync("*");

        for (var booking = 0; booking < 6; booking++)
        {
            await QueueAsync([]);
        }

        var clock = new LeapingClock();
        // A handful each; what was claimed by one who dies is due again when the claim ends.
        await telling.WebhookCourier(clock).RunOnceAsync(Token);
        Assert.Equal(4, _receiver.Calls.Count);
        await telling.WebhookCourier(clock).RunOnceAsync(Token);
        Assert.Equal(6, _receiver.Calls.Count);
        await Host.ExecuteAsync("update webhook_deliveries set status = 'pending', tries = 1, next_try_at = $1 where status = 'delivered'", clock.GetUtcNow().AddMinutes(5));
        await telling.WebhookCourier(clock).RunOnceAsync(Token);
        Assert.Equal(6, _receiver.Calls.Count);
        clock.Advance(TimeSpan.FromMinutes(6));
        await telling.WebhookCourier(clock).RunOnceAsync(Token);
        await telling.WebhookCourier(clock).RunOnceAsync(Token);
        Assert.Equal(12, _receiver.Calls.Count);
        Assert.Equal(6, _receiver.Calls.Select(call => call.Headers["Coworking-Delivery"]).Distinct().Count());
        Assert.All((await Host.Admin.GetAsync($"/webhooks/{dead}/deliveries")).Data.EnumerateArray(), row => Assert.Equal("pending", row.GetProperty("status").GetString()));
    }

    [Fact]
    public async Task A_test_is_sent_at_once_its_outcome_is_the_answer_and_only_chosen_events_follow()
    {
        var (id, secret) = await SubscribeAsync("alert.opened");
        var taken = (await Host.Admin.PostAsync($"/webhooks/{id}/test", new { })).Is(HttpStatusCode.OK);
        Assert.Equal(("delivered", "webhook.test", 204), (taken["status"].GetString(), taken["event"].GetString(), taken["lastStatusCode"].GetInt32()));
        var call = Assert.Single(_receiver.Calls);
        Assert.Equal($"v1={Hmac(secret, $"{call.Headers["Coworking-Timestamp"]}.{call.Body}")}", call.Headers["Coworking-Signature"]);

        _receiver.Answer = Receiver.Status(503);
        var refused = (await Host.Admin.PostAsync($"/webhooks/{id}/test", new { })).Is(HttpStatusCode.OK);
        Assert.Equal(("failed", 503), (refused["status"].GetString(), refused["lastStatusCode"].GetInt32()));
        Assert.True((await Host.Admin.GetAsync($"/webhooks/{id}"))["active"].GetBoolean());

        await QueueAsync([]);
        Assert.Equal(2L, (await Host.Admin.GetAsync($"/webhooks/{id}/deliveries"))["meta"].GetProperty("total").GetInt64());

        // A key means nothing here: each one calls.
        var first = (await Host.Admin.PostOnceAsync($"/webhooks/{id}/test", new { }, "test")).Is(HttpStatusCode.OK);
        Assert.NotEqual(first.Id, (await Host.Admin.PostOnceAsync($"/webhooks/{id}/test", new { }, "test")).Is(HttpStatusCode.OK).Id);
    }

    private async Task<(Guid Id, string Secret)> SubscribeAsync(string name, string? url = null)
    {
        var made = (await Host.Admin.PostAsync("/webhooks", new { url = url ?? _receiver.Url, events = new[] { name } })).Is(HttpStatusCode.Created);
        return (made.Id, made["secret"].GetString()!);
    }

    /// <summary>A booking, made into deliveries.</summary>
    private async Task QueueAsync(string[] contacts)
    {
        var (_, space) = await telling.HouseAsync(contacts);
        await Host.BookAsync(space, Stage.Monday(), email: MailBox.Address());
        await telling.SpreadAsync();
    }

    private static string Hmac(string secret, string text) => Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(text)));
}
