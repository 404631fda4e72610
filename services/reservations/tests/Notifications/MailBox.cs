using System.Text.Json;
using Coworking.Local;

namespace Coworking.Reservations.Tests.Notifications;

/// <summary>What the mail server took, as it parsed it. Shared by all tests: each looks at addresses of its own.</summary>
internal sealed class MailBox(Uri page) : IDisposable
{
    private readonly HttpClient _http = new();

    internal static string Address(string name = "someone") => $"{name}-{Guid.CreateVersion7():N}@example.com";

    /// <summary>The mails to an address once there are so many: the server shows a mail a moment after it took it.</summary>
    internal async Task<List<JsonElement>> ToAsync(string address, int count)
    {
        var mails = new List<JsonElement>();
        await Wait.UntilAsync(
            async () => (mails = await ToAsync(address)).Count >= count, TimeSpan.FromSeconds(90), $"{count} mails to {address} are shown", TestContext.Current.CancellationToken);
        Assert.Equal(count, mails.Count);
        return mails;
    }

    /// <summary>The mails to an address that are shown now, the oldest first.</summary>
    internal async Task<List<JsonElement>> ToAsync(string address)
    {
        using var all = JsonDocument.Parse(await _http.GetStringAsync(new Uri(page, "email"), TestContext.Current.CancellationToken));
        return [.. all.RootElement.EnumerateArray().Where(mail => To(mail) == address).OrderBy(mail => mail.GetProperty("time").GetString(), StringComparer.Ordinal).Select(mail => mail.Clone())];
    }

    internal async Task<JsonElement> OneToAsync(string address) => (await ToAsync(address, 1))[0];

    internal Task<string> SourceAsync(JsonElement mail) => _http.GetStringAsync(new Uri(page, $"email/{mail.GetProperty("id").GetString()}/source"), TestContext.Current.CancellationToken);

    internal Task<string> AttachmentAsync(JsonElement mail, string name) => _http.GetStringAsync(
        new Uri(page, $"email/{mail.GetProperty("id").GetString()}/attachment/{File(mail, name).GetProperty("generatedFileName").GetString()}"), TestContext.Current.CancellationToken);

    public void Dispose() => _http.Dispose();

    internal static JsonElement File(JsonElement mail, string name) =>
        Assert.Single(mail.GetProperty("attachments").EnumerateArray(), file => file.TryGetProperty("fileName", out var given) && given.GetString() == name);

    private static string To(JsonElement mail) => Assert.Single(mail.GetProperty("envelope").GetProperty("to").EnumerateArray()).GetProperty("address").GetString()!;
}
