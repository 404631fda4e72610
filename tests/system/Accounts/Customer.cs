using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Coworking.Local;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Accounts;

/// <summary>Somebody with a browser and an inbox.</summary>
internal sealed partial class Customer(TestPlatform platform, string email)
{
    internal const string FirstPassword = "First-Password-1";

    internal string Access { get; private set; } = "";

    internal string Refresh { get; private set; } = "";

    internal static async Task<Customer> RegisterAsync(TestPlatform platform)
    {
        var customer = new Customer(platform, Wish.NewEmail("customer"));
        customer.Keep((await platform.Nobody.PostAsync("/api/v1/auth/register", new { email = customer.Email, password = FirstPassword, firstName = "Ana", lastName = "López" })).Expect(HttpStatusCode.Created));
        return customer;
    }

    internal string Email => email;

    internal async Task SignInAsync(string password = FirstPassword) =>
        Keep((await platform.Nobody.PostAsync("/api/v1/auth/login", new { email, password })).Expect(HttpStatusCode.OK));

    /// <summary>Follows the link of the mail that came to its address.</summary>
    internal async Task VerifyAsync() =>
        (await platform.Nobody.PostAsync("/api/v1/auth/verify-email", new { token = await MailedTokenAsync("Confirm your e-mail address") })).Expect(HttpStatusCode.OK);

    internal Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    internal Task<Answer> PostAsync(string path, object? body = null) => SendAsync(HttpMethod.Post, path, body);

    internal Task<Answer> SendAsync(HttpMethod method, string path, object? body = null) =>
        platform.Nobody.SendAsync(method, path, body is null ? null : JsonContent.Create(body), ("Authorization", $"Bearer {Access}"));

    /// <summary>The next two tokens.</summary>
    internal async Task RefreshAsync() => Keep((await platform.Nobody.PostAsync("/api/v1/auth/refresh", new { refreshToken = Refresh })).Expect(HttpStatusCode.OK));

    /// <summary>The token in the link of the mail with this subject, once it has come.</summary>
    internal async Task<string> MailedTokenAsync(string subject)
    {
        var mail = await LocalServers.SharedMailAsync();
        using var http = new HttpClient();
        var text = await Eventually.ReadAsync(
            async () =>
            {
                using var all = JsonDocument.Parse(await http.GetStringAsync(new Uri(mail.Page, "email"), TestContext.Current.CancellationToken));
                return all.RootElement.EnumerateArray().Where(one => one.GetRawText().Contains(email, StringComparison.Ordinal) && one.GetProperty("subject").GetString() == subject)
                    .Select(one => one.GetProperty("text").GetString()).FirstOrDefault() ?? "";
            },
            found => found.Length > 0,
            $"'{subject}' comes to {email}");
        Assert.Contains($"{platform.Platform.Gateway}api/v1/auth/", text, StringComparison.Ordinal);
        return Token().Match(text).Groups["token"].Value;
    }

    private void Keep(JsonElement tokens) => (Access, Refresh) = (tokens.Text("accessToken"), tokens.Text("refreshToken"));

    [GeneratedRegex("token=(?<token>[A-Za-z0-9_-]{43})", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Token();
}
