using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Coworking.Local;

namespace Coworking.Reservations.Tests.Support;

/// <summary>What RabbitMQ says of itself.</summary>
internal sealed class BrokerView : IDisposable
{
    private readonly HttpClient _management;

    internal BrokerView(RabbitServer rabbit)
    {
        _management = new HttpClient { BaseAddress = rabbit.ManagementUri };
        _management.DefaultRequestHeaders.Authorization =
            new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(rabbit.ManagementUri.UserInfo))));
    }

    /// <summary>The connections that are let in: the broker's name for each, and the client's.</summary>
    internal async Task<(string Name, string Client)[]> ConnectionsAsync()
    {
        using var connections = JsonDocument.Parse(await _management.GetStringAsync(new Uri("api/connections", UriKind.Relative), TestContext.Current.CancellationToken));
        return [.. connections.RootElement.EnumerateArray()
            .Select(connection => (connection.GetProperty("name").GetString()!, connection.TryGetProperty("user_provided_name", out var client) ? client.GetString()! : ""))];
    }

    /// <summary>Of the connections of outboxes, the broker's names.</summary>
    internal async Task<string[]> PublishersAsync() =>
        [.. (await ConnectionsAsync()).Where(connection => connection.Client.EndsWith("outbox", StringComparison.Ordinal)).Select(connection => connection.Name)];

    /// <summary>Ends the connections of all but the outboxes; how many there were.</summary>
    internal async Task<int> CutConsumersAsync()
    {
        var cut = 0;

        foreach (var (name, _) in (await ConnectionsAsync()).Where(connection => !connection.Client.EndsWith("outbox", StringComparison.Ordinal)))
        {
            using var answer = await _management.DeleteAsync(new Uri($"api/connections/{Uri.EscapeDataString(name)}", UriKind.Relative), TestContext.Current.CancellationToken);
            cut += answer.IsSuccessStatusCode ? 1 : 0;
        }

        return cut;
    }

    public void Dispose() => _management.Dispose();
}
