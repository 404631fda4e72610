using System.Net;
using Coworking.Reservations.Tests.Notifications;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Webhooks;

public sealed class WebhooksTests(TellingHost telling) : IClassFixture<TellingHost>
{
    private ReservationsHost Host => telling.Host;

    [Fact]
    public async Task The_secret_is_shown_when_it_is_made_and_never_again()
    {
        var made = (await Host.Admin.PostAsync("/webhooks", new { url = "https://example.com/hooks", events = new[] { "booking.placed" }, description = "Desk" })).Is(HttpStatusCode.Created);
        Assert.StartsWith("whsec_", made["secret"].GetString(), StringComparison.Ordinal);
        Assert.True(made["active"].GetBoolean());

        var read = (await Host.Admin.GetAsync($"/webhooks/{made.Id}")).Is(HttpStatusCode.OK);
        Assert.False(read.Body.TryGetProperty("secret", out _));
        Assert.Equal("https://example.com/hooks", read["url"].GetString());
        var listed = (await Host.Admin.GetAsync("/webhooks?pageSize=100")).Is(HttpStatusCode.OK);
        Assert.Contains(made.Id.ToString(), listed.Ids());
        Assert.DoesNotContain("whsec_", listed.Body.GetRawText(), StringComparison.Ordinal);

        var rotated = (await Host.Admin.PostAsync($"/webhooks/{made.Id}/rotate-secret", new { })).Is(HttpStatusCode.OK);
        Assert.NotEqual(made["secret"].GetString(), rotated["secret"].GetString());
        var changed = (await Host.Admin.PatchAsync($"/webhooks/{made.Id}", new { events = new[] { "*" }, active = false })).Is(HttpStatusCode.OK);
        Assert.False(changed["active"].GetBoolean());
        Assert.Equal("switched off by hand", changed["disabledReason"].GetString());
        Assert.Equal("Desk", changed["description"].GetString());
        (await Host.Admin.DeleteAsync($"/webhooks/{made.Id}")).Is(HttpStatusCode.NoContent);
        (await Host.Admin.DeleteAsync($"/webhooks/{made.Id}")).Refuses(HttpStatusCode.NotFound, "Webhook not found", "webhook.not_found");
    }

    [Fact]
    public async Task Only_administrators_see_them()
    {
        var id = Guid.CreateVersion7();

        foreach (var path in new[] { "/webhooks", $"/webhooks/{id}", $"/webhooks/{id}/deliveries" })
        {
            (await Host.User.GetAsync(path)).Is(HttpStatusCode.Forbidden);
        }

        foreach (var path in new[] { "/webhooks", $"/webhooks/{id}/test", $"/webhooks/{id}/rotate-secret", $"/webhooks/{id}/deliveries/{id}/replay" })
        {
            (await Host.User.PostAsync(path, new { })).Is(HttpStatusCode.Forbidden);
        }

        (await Host.User.PatchAsync($"/webhooks/{id}", new { })).Is(HttpStatusCode.Forbidden);
        (await Host.User.DeleteAsync($"/webhooks/{id}")).Is(HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData("url", null, "booking.placed", null)]
    [InlineData("url", "", "booking.placed", null)]
    [InlineData("url", "example.com/hooks", "booking.placed", null)]
    [InlineData("url", "ftp://example.com/hooks", "booking.placed", null)]
    [InlineData("url", "file:///etc/passwd", "booking.placed", null)]
    [InlineData("url", "https://", "booking.placed", null)]
    [InlineData("url", "https://user:secret@example.com/", "booking.placed", null)]
    [InlineData("url", "https://example.com/#part", "booking.placed", null)]
    [InlineData("events", "https://example.com/", "booking.exploded", null)]
    [InlineData("events", "https://example.com/", "webhook.disabled", null)]
    [InlineData("events", "https://example.com/", null, null)]
    [InlineData("description", "https://example.com/", "*", "long")]
    public async Task What_is_malformed_is_named(string field, string? url, string? name, string? description)
    {
        var body = new { url, events = name is null ? [] : new[] { name }, description = description is null ? null : new string('x', 501) };

        var made = (await Host.Admin.PostAsync("/webhooks", body)).Is(HttpStatusCode.BadRequest);

        Assert.NotEmpty(made.Errors(field));
    }

    [Theory]
    [InlineData("""{"url":5,"events":["*"]}""")]
    [InlineData("""{"url":"https://example.com","events":"*"}""")]
    [InlineData("""{"url":"https://example.com","events":[null]}""")]
    [InlineData("""{"url":"https://example.com/\u0000","events":["*"]}""")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{")]
    public async Task What_cannot_be_read_is_a_400(string body) =>
        (await Host.Admin.SendTextAsync(HttpMethod.Post, "/webhooks", body)).Is(HttpStatusCode.BadRequest);

    [Fact]
    public async Task The_longest_address_and_description_are_taken()
    {
        var url = "https://example.com/" + new string('a', 1980);
        var made = (await Host.Admin.PostAsync("/webhooks", new { url, events = new[] { "*" }, description = string.Concat(Enumerable.Repeat("😀", 500)) })).Is(HttpStatusCode.Created);
        (await Host.Admin.PatchAsync($"/webhooks/{made.Id}", new { url = url + "a" })).Is(HttpStatusCode.BadRequest);
        (await Host.Admin.PatchAsync($"/webhooks/{made.Id}", new { url = (string?)null })).Is(HttpStatusCode.BadRequest);
        (await Host.Admin.PatchAsync($"/webhooks/{made.Id}", new { events = (string[]?)null })).Is(HttpStatusCode.BadRequest);
        (await Host.Admin.PatchAsync($"/webhooks/{made.Id}", new { description = (string?)null })).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_is_not_there_is_a_404_and_what_is_no_id_a_400()
    {
        var id = Guid.CreateVersion7();
        (await Host.Admin.GetAsync($"/webhooks/{id}")).Refuses(HttpStatusCode.NotFound, "Webhook not found");
        (await Host.Admin.PatchAsync($"/webhooks/{id}", new { active = true })).Refuses(HttpStatusCode.NotFound, "Webhook not found");
        (await Host.Admin.PostAsync($"/webhooks/{id}/test", new { })).Refuses(HttpStatusCode.NotFound, "Webhook not found");
        (await Host.Admin.PostAsync($"/webhooks/{id}/rotate-secret", new { })).Refuses(HttpStatusCode.NotFound, "Webhook not found");
        (await Host.Admin.GetAsync($"/webhooks/{id}/deliveries")).Refuses(HttpStatusCode.NotFound, "Webhook not found");
        (await Host.Admin.PostAsync($"/webhooks/{id}/deliveries/{id}/replay", new { })).Refuses(HttpStatusCode.NotFound, "Delivery not found");
        (await Host.Admin.GetAsync("/webhooks/7")).Is(HttpStatusCode.BadRequest);
        (await Host.Admin.PostAsync($"/webhooks/{id}/deliveries/7/replay", new { })).Is(HttpStatusCode.BadRequest);
        (await Host.Admin.GetAsync($"/webhooks/{id}/deliveries?status=lost")).Is(HttpStatusCode.BadRequest);
    }
}
