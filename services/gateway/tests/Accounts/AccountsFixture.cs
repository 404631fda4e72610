using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Coworking.Gateway.Accounts.Mails;
using Coworking.Gateway.Tests.Accounts;
using Coworking.Gateway.Tests.Running;
using Coworking.Local;

[assembly: AssemblyFixture(typeof(AccountsFixture))]

namespace Coworking.Gateway.Tests.Accounts;

/// <summary>One gateway that signs people in and writes to them, for every class: each test takes e-mails of its own, and an address of its own where it fails on purpose.</summary>
public sealed partial class AccountsFixture : IAsyncLifetime
{
    internal const string BotToken = "123456:demo-token-of-no-bot";

    /// <summary>Two seconds are promised, and a fraction of one is usual; a machine that runs everything at once gets more.</summary>
    internal static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly GatewayFixture _base = new();
    private MailServer? _mail;
    private RunningGateway? _gateway;
    private int _address;

    internal RunningGateway Gateway => _gateway!;

    internal Upstream Reservations => _base.Reservations;

    public async ValueTask InitializeAsync()
    {
        await _base.InitializeAsync();
        _mail = await LocalServers.SharedMailAsync();
        _gateway = await StartAsync();
    }

    /// <summary>Another gateway on the same database.</summary>
    internal Task<RunningGateway> StartAsync(params string[] more) => _base.StartAsync(
    [
        $"--Mail:Host={_mail!.Host}", $"--Mail:Port={_mail.SmtpPort}", "--Accounts:PublicUrl=https://coworking.example.com", $"--Telegram:BotToken={BotToken}",
        .. more,
    ]);

    internal string[] Settings(params string[] more) => _base.Settings(more);

    internal string PublicKey => _base.Identity.PublicKey;

    internal Task<object?> SqlAsync(string sql) => _base.SqlAsync(sql);

    /// <summary>An address of the loopback network that no other test comes from.</summary>
    internal string NewAddress()
    {
        var number = Interlocked.Increment(ref _address);
        return $"127.42.{number / 250}.{(number % 250) + 1}";
    }

    /// <summary>A client that comes from an address.</summary>
    internal HttpClient From(string address, RunningGateway? gateway = null)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellationToken) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Parse(address), 0));
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        return new HttpClient(handler) { BaseAddress = (gateway ?? Gateway).Http.BaseAddress };
    }

    /// <summary>The token of the newest mail of this subject to the address.</summary>
    internal async Task<string> TokenFromMailAsync(string email, string subject)
    {
        var text = await MailAsync(email, subject);
        return TokenInLink().Match(text).Groups["token"].Value is { Length: > 0 } token ? token : throw new InvalidOperationException(text);
    }

    /// <summary>The text of the newest mail of this subject to the address, once it has come.</summary>
    internal async Task<string> MailAsync(string email, string subject)
    {
        var text = "";
        await Wait.UntilAsync(
            async () =>
            {
                // As a courier does by itself every second, where its gateway holds the lease; others' mails may come first.
                await Gateway.Service<AccountCourier>().RunOnceAsync(TestContext.Current.CancellationToken);
                return (text = (await MailsAsync(email)).LastOrDefault(mail => mail.Subject == subject).Text) is not null;
            },
            TimeSpan.FromSeconds(60),
            $"'{subject}' to {email}",
            TestContext.Current.CancellationToken);
        return text;
    }

    internal async Task<List<(string Subject, string Text)>> MailsAsync(string email)
    {
        using var http = new HttpClient();
        using var all = JsonDocument.Parse(await http.GetStringAsync(new Uri(_mail!.Page, "email"), TestContext.Current.CancellationToken));
        return [.. all.RootElement.EnumerateArray()
            .Where(mail => mail.GetProperty("envelope").GetProperty("to")[0].GetProperty("address").GetString() == email)
            .OrderBy(mail => mail.GetProperty("time").GetString(), StringComparer.Ordinal)
            .Select(mail => (mail.GetProperty("subject").GetString()!, mail.GetProperty("text").GetString()!))];
    }

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }

        await _base.DisposeAsync();
    }

    [GeneratedRegex("token=(?<token>[A-Za-z0-9_-]{43})", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex TokenInLink();
}
