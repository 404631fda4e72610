using System.Text.Json;

namespace Coworking.Reservations.Tests.Notifications;

/// <summary>What the mail server took, as it parsed it. Shared by all tests: each looks at addresses of its own.</summary>
internal sealed class MailBox(Uri page) : IDisposable
{
    private readonly HttpClient _http = new();

    internal static string Address(string name = "someone") => $"{name}-{Guid.CreateVersion7():N}@example.com";

    /// <summary>The mails to an address, the oldest first.</summary>
    internal async Task<List<JsonElement>> ToAsync(string address)
    {
        using var all = JsonDocument.Parse(await _http.GetStringAsync(new Uri(page, "email"), TestContext.Current.CancellationToken));
        return [.. all.RootElement.EnumerateArray().Where(mail => To(mail) == address).Select(mail => mail.Clone())];
    }

    internal async Task<JsonElement> OneToAsync(string address) => Assert.Single(await ToAsync(address));

    internal Task<string> SourceAsync(JsonElement mail) => _http.GetStringAsync(new Uri(page, $"email/{mail.GetProperty("id").GetString()}/source"), TestContext.Current.CancellationToken);

    internal Task<string> AttachmentAsync(JsonElement mail, string name) => _http.GetStringAsync(
        new Uri(page, $"email/{mail.GetProperty("id").GetString()}/attachment/{File(mail, name).GetProperty("generatedFileName").GetString()}"), TestContext.Current.CancellationToken);

    public void Dispose() => _http.Dispose();

    internal static JsonElement File(JsonElement mail, string name) =>
        Assert.Single(mail.GetProperty("attachments").EnumerateArray(), file => file.TryGetProperty("fileName", out var given) && given.GetString() == name);

    private static string To(JsonElement mail) => Assert.Single(mail.GetProperty("envelope").GetProperty("to").EnumerateArray()).GetProperty("address").GetString()!;
}
