using System.Globalization;
using System.Text.Json;
using Coworking.Local;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Notifications;

/// <summary>The service as a process of its own: only there it can be told whom to trust.</summary>
public sealed class EncryptedMailTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    private const string Password = "right-after-all";

    [Fact]
    public async Task A_mail_is_given_encrypted_to_a_server_that_demands_it_once_the_password_is_right()
    {
        await using var server = await DemandingMailServer.StartAsync(startTls: true, "not-yet");
        var client = MailBox.Address("client");
        await host.BookAsync(await host.SpaceAsync(), Stage.Monday(), email: client);
        // It knows no mail server, so what is to be told waits; now it lets go of its leases.
        await host.RestartAsync();
        var folder = Directory.CreateTempSubdirectory("coworking-mail-").FullName;

        try
        {
            var log = Path.Combine(folder, "reservations.log");
            await using (await StartAsync(server, folder, log))
            {
                Assert.False((await server.NextAsync("login")).GetProperty("isRight").GetBoolean());
                await server.ChangePasswordAsync(Password);
                var said = new List<JsonElement>();

                do
                {
                    said.Add(await server.NextAsync());
                }
                while (said[^1].GetProperty("event").GetString() != "taken");

                Assert.All(said, one => Assert.True(one.GetProperty("isEncrypted").GetBoolean(), one.ToString()));
                Assert.Equal((client, DemandingMailServer.Username), (said[^1].GetProperty("to").GetString(), said[^1].GetProperty("user").GetString()));
                Assert.Contains("invite.ics", said[^1].GetProperty("text").GetString(), StringComparison.Ordinal);
                await Wait.UntilAsync(
                    async () => await host.ScalarAsync<string>("select status from mails where recipient = $1", client) == "sent",
                    TimeSpan.FromSeconds(90), "the mail is settled", TestContext.Current.CancellationToken);
            }

            Assert.DoesNotContain(Password, await File.ReadAllTextAsync(log, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<ChildProcess> StartAsync(DemandingMailServer server, string folder, string log)
    {
        var authority = Path.Combine(folder, "authority.pem");
        await File.WriteAllTextAsync(authority, server.Certificate, TestContext.Current.CancellationToken);
        return await ChildProcess.StartAsync(
            new ChildProcessOptions(System.Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", typeof(Program).Assembly.Location)
            {
                Name = "reservations",
                LogFile = log,
                WorkingDirectory = AppContext.BaseDirectory,
                Environment = new Dictionary<string, string?>(host.Environment)
                {
                    ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{Ports.Free().ToString(CultureInfo.InvariantCulture)}",
                    ["SSL_CERT_FILE"] = authority,
                    ["Mail__Host"] = "localhost",
                    ["Mail__Port"] = server.Port.ToString(CultureInfo.InvariantCulture),
                    ["Mail__StartTls"] = "true",
                    ["Mail__Username"] = DemandingMailServer.Username,
                    ["Mail__Password"] = Password,
                },
            },
            TestContext.Current.CancellationToken);
    }
}
