using System.Reflection;
using Coworking.Local;

namespace Coworking.IotIngest.Tests;

/// <summary>A bad setting ends the start with one line on standard error, which is this process's own here.</summary>
[Collection(nameof(StartTests))]
[CollectionDefinition(nameof(StartTests), DisableParallelization = true)]
public sealed class StartTests
{
    private static readonly string[] Good =
    [
        "--environment=Production", "--ConnectionStrings:Postgres=Host=127.0.0.1;Port=1;Username=iot;Password=hunter2", $"--Identity:PublicKey={PlatformKeys.Create().PublicKey}",
        "--Bus:Uri=amqp://iot-ingest:hunter2@127.0.0.1:1/", "--Mqtt:Password=hunter2",
    ];

    // Any text is one: only a server knows whether it is the right one.
    private static readonly string[] Free = ["Mqtt:Username"];

    public static TheoryData<string, string> Bad => new()
    {
        { "ConnectionStrings:Postgres=", "ConnectionStrings:Postgres is missing" },
        { "ConnectionStrings:Postgres=hunter2", "ConnectionStrings:Postgres is no connection string" },
        { "ConnectionStrings:Postgres=Username=iot", "ConnectionStrings:Postgres names no host" },
        { "Identity:PublicKey=", "Identity:PublicKey is missing" },
        { "Identity:PublicKey=hunter2", "Identity:PublicKey is no" },
        { "Identity:PublicKey=c2VjcmV0", "Identity:PublicKey is no" },
        { "Bus:Uri=", "Bus:Uri must be" },
        { "Bus:Uri=http://iot-ingest:hunter2@127.0.0.1/", "Bus:Uri must be" },
        { "Bus:Uri=amqp://iot-ingest:hunter2@127.0.0.1:99999/", "Bus:Uri" },
        { "Bus:Uri=amqp://iot-ingest:hunter2@127.0.0.1:5671/", "Bus:Uri says amqp and 5671" },
        { "Bus:Uri=amqp://iot-ingest:hunter2:more@127.0.0.1/coworking", "Bus:Uri cannot be read" },
        { "Bus:Uri=amqp://iot-ingest:hunter2@127.0.0.1/coworking/", "Bus:Uri cannot be read" },
        { "urls=elsewhere", "ASPNETCORE_URLS holds 'elsewhere'" },
        { "OTEL_EXPORTER_OTLP_ENDPOINT=collector:4317", "OTEL_EXPORTER_OTLP_ENDPOINT" },
        { "Stop:Delay=soon", "Stop:Delay" },
        { "Stop:Delay=00:00:06", "Delay" },
        { "Mqtt:Host=", "Host" },
        { "Mqtt:Password=", "Mqtt:Password is empty" },
        { "Mqtt:Port=0", "Port" },
        { "Mqtt:Port=mqtt", "Mqtt:Port" },
        { "Ingest:Partitions=0", "Partitions" },
        { "Ingest:Partitions=many", "Ingest:Partitions" },
        { "Ingest:ReceiveMaximum=0", "ReceiveMaximum" },
        { "Ingest:ReceiveMaximum=70000", "Ingest:ReceiveMaximum" },
        { "Ingest:RawRetentionDays=367", "RawRetentionDays" },
        { "Ingest:WindowRetentionDays=0", "WindowRetentionDays" },
        { "Ingest:RejectedRetentionDays=0", "RejectedRetentionDays" },
        { "Ingest:EscalateAfter:0=soon", "Ingest:EscalateAfter holds" },
        { "Ingest:EscalateAfter:0=00:00:00", "EscalateAfter" },
        { "Ingest:AllowAnonymousDevices=perhaps", "Ingest:AllowAnonymousDevices" },
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
        // The broker's have a section of their own.
        var settings = Of("Ingest", typeof(IotIngestOptions)).Where(name => name != "Ingest:Mqtt").Concat(Of("Mqtt", typeof(BrokerOptions))).ToList();
        Assert.True(settings.Count > 9, $"Only {settings.Count} settings were found");
        Assert.All(settings.Except(Free), name => Assert.Contains(Bad, row => row.Data.Item1.StartsWith(name, StringComparison.Ordinal)));
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
