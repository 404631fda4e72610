using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Coworking.Mqtt.Tests.Connection;

public sealed class TlsTests
{
    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 0)]
    [InlineData(true, 5)]
    [InlineData(false, 5)]
    public async Task A_connection_is_encrypted_and_only_to_a_broker_whose_certificate_is_accepted(bool accepted, int pauseMilliseconds)
    {
        using var certificate = SelfSigned();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync(listener, certificate);
        var options = new MqttClientOptions
        {
            Host = "localhost",
            Port = ((IPEndPoint)listener.LocalEndpoint).Port,
            ClientId = "tls",
            ReadPause = TimeSpan.FromMilliseconds(pauseMilliseconds),
            Tls = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, presented, _, _) => accepted && presented?.Subject == "CN=localhost",
            },
        };

        var connecting = MqttConnection.ConnectAsync(options, new Collector(), TestContext.Current.CancellationToken);

        if (accepted)
        {
            await using var connection = await connecting;
            Assert.True(connection.IsConnected);
        }
        else
        {
            await Assert.ThrowsAsync<MqttConnectException>(() => connecting);
        }

        await Task.WhenAny(serving);
    }

    private static async Task ServeAsync(TcpListener listener, X509Certificate2 certificate)
    {
        using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await using var secured = new SslStream(client.GetStream());
        await secured.AuthenticateAsServerAsync(certificate);
        Assert.Equal(0x10, secured.ReadByte());
        await secured.WriteAsync(BrokerPackets.ConnAck());
        await secured.CopyToAsync(Stream.Null);
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        return new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
