using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Coworking.Gateway.Tests.Running;

namespace Coworking.Gateway.Tests.Accounts;

/// <summary>Somebody with an account, and what the last sign-in gave.</summary>
internal sealed record Person(string Email, string Password, Guid Id, string AccessToken, string RefreshToken)
{
    internal const string Right = "Right-Password-1";

    internal static string NewEmail(string who = "person") => $"{who}-{Guid.CreateVersion7():N}@example.com";

    internal static object Registration(string email, string password = Right) => new { email, password, firstName = "Ana", lastName = "Pérez", phoneNumber = "+52 55 1234 5678" };

    internal static async Task<Person> RegisterAsync(RunningGateway gateway, string? email = null)
    {
        email ??= NewEmail();
        using var answer = await gateway.SendAsync("POST", "/api/v1/auth/register", key: null, Registration(email));
        return Of(email, Right, await JsonAsync(answer, HttpStatusCode.Created));
    }

    internal async Task<Person> LogInAsync(RunningGateway gateway, string? password = null)
    {
        using var answer = await gateway.SendAsync("POST", "/api/v1/auth/login", key: null, new { email = Email, password = password ?? Password });
        return Of(Email, password ?? Password, await JsonAsync(answer, HttpStatusCode.OK));
    }

    internal Task<HttpResponseMessage> SendAsync(RunningGateway gateway, string method, string path, object? body = null) =>
        gateway.SendAsync(method, path, key: null, body, request => request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", AccessToken));

    internal async Task<HttpStatusCode> StatusAsync(RunningGateway gateway, string path = "/api/v1/auth/me")
    {
        using var answer = await SendAsync(gateway, "GET", path);
        return answer.StatusCode;
    }

    internal static Person Of(string email, string password, JsonElement answer) => new(
        email, password, answer.GetProperty("user").GetProperty("id").GetGuid(), answer.GetProperty("accessToken").GetString()!, answer.GetProperty("refreshToken").GetString()!);

    internal static async Task<JsonElement> JsonAsync(HttpResponseMessage answer, HttpStatusCode status)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(status == answer.StatusCode, $"{(int)status} expected, {(int)answer.StatusCode} came: {text}");
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    internal static Task<HttpResponseMessage> TryAsync(HttpClient http, string email, string password) =>
        http.PostAsJsonAsync("/api/v1/auth/login", new { email, password }, TestContext.Current.CancellationToken);
}
