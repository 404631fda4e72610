using System.Net.Mail;
using System.Text.Json;

namespace Coworking.Local.Tests;

public sealed class MailServerTests : IDisposable
{
    private readonly Machine _machine = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_mail_is_shown_also_after_a_restart_and_a_stopped_server_takes_none()
    {
        await using var server = await MailServer.StartAsync(new MailServerOptions { DataDirectory = _machine.At("mail") }, Token);
        await SendAsync(server, "first");
        Assert.Equal(["first"], await SubjectsAsync(server));

        await server.StopAsync(Token);
        await Assert.ThrowsAsync<SmtpException>(() => SendAsync(server, "lost"));

        await server.RestartAsync(Token);
        await SendAsync(server, "second");
        await Wait.UntilAsync(async () => (await SubjectsAsync(server)).Length == 2, TimeSpan.FromSeconds(90), "both mails are shown", Token);
        Assert.Equal(["first", "second"], (await SubjectsAsync(server)).Order(StringComparer.Ordinal));
    }

    public void Dispose() => _machine.Dispose();

    private static async Task SendAsync(MailServer server, string subject)
    {
        using var client = new SmtpClient(server.Host, server.SmtpPort);
        using var message = new MailMessage("from@example.com", "to@example.com", subject, "text");
        await client.SendMailAsync(message, Token);
    }

    private static async Task<string[]> SubjectsAsync(MailServer server)
    {
        using var http = new HttpClient();
        using var mails = JsonDocument.Parse(await http.GetStringAsync(new Uri(server.Page, "email"), Token));
        return [.. mails.RootElement.EnumerateArray().Select(mail => mail.GetProperty("subject").GetString()!)];
    }
}
