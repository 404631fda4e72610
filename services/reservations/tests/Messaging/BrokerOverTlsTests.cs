using System.Globalization;
using System.Net.Security;
using Coworking.Contracts;
using Coworking.Hosting.Messaging;
using Coworking.Local;
using Coworking.Reservations.Tests.Support;
using RabbitMQ.Client;

namespace Coworking.Reservations.Tests.Messaging;

public sealed class BrokerOverTlsTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_broker_for_whose_certificate_nobody_vouches_is_told_nothing()
    {
        await using var tls = await TlsBroker.StartAsync();
        // The broker itself is sound: whoever takes any certificate is let in.
        var trusting = new ConnectionFactory { Uri = tls.Uri };
        trusting.Ssl.AcceptablePolicyErrors = SslPolicyErrors.RemoteCertificateChainErrors;
        await (await trusting.CreateConnectionAsync(Ended)).CloseAsync(Ended);
        await host.RestartAsync(tls.Uri);
        _ = host.User;

        try
        {
            await SayAsync();
            using var broker = new BrokerView(tls.Rabbit);
            await Wait.UntilAsync(async () => (await broker.ConnectionsAsync()).Length == 0, TimeSpan.FromSeconds(60), "that one is gone", Ended);
            await Task.Delay(TimeSpan.FromSeconds(10), Ended);

            Assert.Empty(await broker.ConnectionsAsync());
            Assert.NotEqual(0, await WaitingAsync());
        }
        finally
        {
            // It lets go of its leases, and leaves nothing to be said.
            await host.RestartAsync();
            await host.ExecuteAsync("truncate outbox_messages, inbox_messages");
        }
    }

    /// <summary>The service as a process of its own: only there it can be told whom to trust.</summary>
    [Fact]
    public async Task A_broker_whose_certificate_is_trusted_is_told_and_heard()
    {
        await using var tls = await TlsBroker.StartAsync();
        await using var service = await ChildProcess.StartAsync(
            new ChildProcessOptions(System.Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", typeof(Program).Assembly.Location)
            {
                Name = "reservations",
                LogFile = tls.LogFile,
                WorkingDirectory = AppContext.BaseDirectory,
                Environment = new Dictionary<string, string?>(host.Environment)
                {
                    ["ASPNETCORE_URLS"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Ports.Free()}"),
                    ["Bus__Uri"] = tls.Uri.ToString(),
                    ["SSL_CERT_FILE"] = tls.Authority,
                },
            },
            Ended);

        // It asks for twins once its queues stand, as it has none, and hears that itself.
        await Wait.UntilAsync(async () => await HeardAsync() > 0, TimeSpan.FromSeconds(90), "the question is said and heard", Ended);

        using var broker = new BrokerView(tls.Rabbit);
        await Wait.UntilAsync(async () => (await broker.ConnectionsAsync()).Length > 0, TimeSpan.FromSeconds(30), "the broker shows its connections", Ended);
        Assert.All(await broker.ConnectionsAsync(), connection => Assert.Contains(":" + tls.Uri.Port.ToString(CultureInfo.InvariantCulture), connection.Name, StringComparison.Ordinal));
    }

    private Task<int> SayAsync()
    {
        var now = TimeProvider.System.GetUtcNow();
        var wish = new SnapshotRequested(Guid.CreateVersion7(), now, "test");
        return host.ExecuteAsync(
            "insert into outbox_messages (message_id, type, body, occurred_at) values ($1, $2, $3, $4)", wish.MessageId, nameof(SnapshotRequested), OutboxMessage.Of(wish, wish.MessageId, now).Body, now);
    }

    private Task<long> HeardAsync() => host.ScalarAsync<long>("select count(*) from inbox_messages where consumer = 'WhenSnapshotRequested'");

    private Task<long> WaitingAsync() => host.ScalarAsync<long>("select count(*) from outbox_messages");
}
