using System.Reflection;
using Coworking.Hosting.Mail;
using Coworking.Local;
using Coworking.Reservations.Webhooks;

namespace Coworking.Reservations.Tests;

/// <summary>A bad setting ends the start with one line on standard error, which is this process's own here.</summary>
[Collection(nameof(StartTests))]
[CollectionDefinition(nameof(StartTests), DisableParallelization = true)]
public sealed class StartTests
{
    private static readonly string[] Good =
    [
        "--environment=Production", "--ConnectionStrings:Postgres=Host=127.0.0.1;Port=1;Username=reservations;Password=hunter2", $"--Identity:PublicKey={PlatformKeys.Create().PublicKey}",
        "--Bus:Uri=amqp://reservations:hunter2@127.0.0.1:1/", "--Mail:Password=hunter2", "--Reservations:PublicUrl=https://coworking.example.com",
    ];

    // Any text is one: only a server knows whether it is the right one.
    private static readonly string[] Free = ["Mail:Host", "Mail:Password"];

    public static TheoryData<string, string> Bad => new()
    {
        { "ConnectionStrings:Postgres=", "ConnectionStrings:Postgres is missing" },
        { "ConnectionStrings:Postgres=hunter2", "ConnectionStrings:Postgres is no connection string" },
        { "ConnectionStrings:Postgres=Username=reservations", "ConnectionStrings:Postgres names no host" },
        { "Identity:PublicKey=", "Identity:PublicKey is missing" },
        { "Identity:PublicKey=hunter2", "Identity:PublicKey is no" },
        { "Identity:PublicKey=c2VjcmV0", "Identity:PublicKey is no" },
        { "Bus:Uri=", "Bus:Uri must be" },
        { "Bus:Uri=http://reservations:hunter2@127.0.0.1/", "Bus:Uri must be" },
        { "Bus:Uri=amqp://reservations:hunter2@127.0.0.1:99999/", "Bus:Uri" },
        { "Bus:Uri=amqp://reservations:hunter2@127.0.0.1:5671/", "Bus:Uri says amqp and 5671" },
        { "Bus:Uri=amqp://reservations:hunter2:more@127.0.0.1/coworking", "Bus:Uri cannot be read" },
        { "Bus:Uri=amqp://reservations:hunter2@127.0.0.1/coworking/", "Bus:Uri cannot be read" },
        { "urls=elsewhere", "ASPNETCORE_URLS holds 'elsewhere'" },
        { "OTEL_EXPORTER_OTLP_ENDPOINT=collector:4317", "OTEL_EXPORTER_OTLP_ENDPOINT" },
        { "Stop:Delay=soon", "Stop:Delay" },
        { "Stop:Delay=00:00:06", "Delay" },
        { "Reservations:DefaultTimezone=Mars/Olympus", "Reservations:DefaultTimezone" },
        { "Reservations:PublicUrl=", "Reservations:PublicUrl is empty, which is refused in Production" },
        { "Reservations:PublicUrl=elsewhere", "Reservations:PublicUrl" },
        { "Reservations:HoldMinutes=0", "HoldMinutes" },
        { "Reservations:HoldMinutes=long", "Reservations:HoldMinutes" },
        { "Reservations:NoticeRetentionDays=367", "NoticeRetentionDays" },
        { "Mail:Port=0", "Port" },
        { "Mail:Port=smtp", "Mail:Port" },
        { "Mail:StartTls=perhaps", "Mail:StartTls" },
        { "Mail:From=nobody", "Mail:From" },
        { "Mail:AdminAddress=nobody", "Mail:AdminAddress" },
        { "Mail:Username=somebody", "Mail:Username" },
        { "Mail:Timeout=00:02:00", "Timeout" },
        { "Webhooks:AllowPrivateTargets=true", "AllowPrivateTargets" },
        { "Webhooks:AllowPrivateTargets=perhaps", "Webhooks:AllowPrivateTargets" },
        { "Webhooks:Timeout=00:00:00", "Timeout" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task A_bad_setting_is_one_line_that_names_it_and_exit_code_1(string setting, string words)
    {
        var (code, error) = await RunAsync([.. Good, "--" + setting]);

        Assert.Equal(1, code);
        var line = Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(words, line, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_setting_has_a_case()
    {
        var settings = Of("Reservations", typeof(ReservationsOptions)).Concat(Of("Mail", typeof(MailOptions))).Concat(Of("Webhooks", typeof(WebhookOptions))).ToList();
        Assert.True(settings.Count > 12, $"Only {settings.Count} settings were found");
        Assert.All(settings.Except(Free), name => Assert.Contains(Bad, row => row.Data.Item1.StartsWith(name + "=", StringComparison.Ordinal)));
    }

    private static IEnumerable<string> Of(string section, Type options) =>
        options.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite).Select(property => $"{section}:{property.Name}");

    private static async Task<(int Code, string Error)> RunAsync(string[] arguments)
    {
        var before = Console.Error;
        await using var text = new StringWriter();
        Console.SetError(text);

        try
        {
            var run = Task.Run(() => (int)typeof(Program).Assembly.EntryPoint!.Invoke(null, [arguments])!, TestContext.Current.CancellationToken);
            return (await run.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken), text.ToString());
        }
        finally
        {
            Console.SetError(before);
        }
    }
}
