using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
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
        var folder = Directory.CreateTempSubdirectory();

        try
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddIpAddress(IPAddress.Loopback);
            var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256) { CertificateExtensions = { names.Build() } };
            using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "certificate.pem"), certificate.ExportCertificatePem(), Ended);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "key.pem"), key.ExportECPrivateKeyPem(), Ended);
            var port = FreePort();
            await using var rabbit = await RabbitServer.StartAsync(
                new RabbitServerOptions
                {
                    ExtraConfiguration = $"""
                    listeners.ssl.1 = 127.0.0.1:{port}
                    ssl_options.certfile = {folder.FullName}/certificate.pem
                    ssl_options.keyfile = {folder.FullName}/key.pem
                    """,
                },
                Ended);
            // The broker itself is sound: whoever takes any certificate is let in.
            var trusting = new ConnectionFactory { Uri = new UriBuilder(rabbit.Uri()) { Scheme = "amqps", Port = port }.Uri };
            trusting.Ssl.AcceptablePolicyErrors = SslPolicyErrors.RemoteCertificateChainErrors;
            await (await trusting.CreateConnectionAsync(Ended)).CloseAsync(Ended);
            await host.RestartAsync(new UriBuilder(rabbit.Uri()) { Scheme = "amqps", Port = port }.Uri);
            _ = host.User;
            var now = TimeProvider.System.GetUtcNow();
            var wish = new SnapshotRequested(Guid.CreateVersion7(), now, "test");
            await host.ExecuteAsync(
                "insert into outbox_messages (message_id, type, body, occurred_at) values ($1, $2, $3, $4)", wish.MessageId, nameof(SnapshotRequested), OutboxMessage.Of(wish, wish.MessageId, now).Body, now);

            using var broker = new BrokerView(rabbit);
            await Wait.UntilAsync(async () => (await broker.ConnectionsAsync()).Length == 0, TimeSpan.FromSeconds(60), "that one is gone", Ended);
            await Task.Delay(TimeSpan.FromSeconds(10), Ended);

            Assert.Empty(await broker.ConnectionsAsync());
            Assert.NotEqual(0, await host.ScalarAsync<long>("select count(*) from outbox_messages"));
            await host.RestartAsync();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
