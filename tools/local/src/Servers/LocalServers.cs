using System.Text.Json;

namespace Coworking.Local;

/// <summary>What the servers are started with.</summary>
public sealed record LocalServersOptions
{
    public PostgresServerOptions Postgres { get; init; } = new();

    public RabbitServerOptions Rabbit { get; init; } = new();

    public MosquittoServerOptions Mosquitto { get; init; } = new();

    /// <summary>Null starts none: only who looks at mails needs it.</summary>
    public MailServerOptions? Mail { get; init; }

    /// <summary>For tests: free ports, private data, and a PostgreSQL that does not wait for the disk.</summary>
    public static LocalServersOptions Fast { get; } = new() { Postgres = new PostgresServerOptions { Durable = false } };
}

/// <summary>PostgreSQL, RabbitMQ and Mosquitto together, and a mail server where it was asked for.</summary>
public sealed class LocalServers : IAsyncDisposable
{
    private const string Variable = "COWORKING_TEST_SERVERS";

    private static readonly RunningServers? Running =
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } json ? JsonSerializer.Deserialize<RunningServers>(json) : null;

    // One by one, so that a test of MQTT alone does not wait for RabbitMQ. Never disposed: their guardians end them with this process.
    private static readonly Lazy<Task<PostgresServer>> SharedPostgresServer = new(() => Running is { } running
        ? Task.FromResult(running.JoinPostgres())
        : PostgresServer.StartAsync(LocalServersOptions.Fast.Postgres));

    private static readonly Lazy<Task<RabbitServer>> SharedRabbitServer = new(() => Running is { } running
        ? Task.FromResult(running.JoinRabbit())
        : RabbitServer.StartAsync(LocalServersOptions.Fast.Rabbit));

    private static readonly Lazy<Task<MosquittoServer>> SharedMosquittoServer = new(() => Running is { } running
        ? Task.FromResult(running.JoinMosquitto())
        : MosquittoServer.StartAsync(LocalServersOptions.Fast.Mosquitto));

    private static readonly Lazy<Task<MailServer>> SharedMailServer = new(() => Running is { MailPort: > 0 } running
        ? Task.FromResult(running.JoinMail())
        : MailServer.StartAsync(new MailServerOptions()));

    private LocalServers(PostgresServer postgres, RabbitServer rabbit, MosquittoServer mosquitto, MailServer? mail = null) =>
        (Postgres, Rabbit, Mosquitto, Mail) = (postgres, rabbit, mosquitto, mail);

    public PostgresServer Postgres { get; }

    public RabbitServer Rabbit { get; }

    public MosquittoServer Mosquitto { get; }

    public MailServer? Mail { get; }

    public static async Task<LocalServers> StartAsync(LocalServersOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new LocalServersOptions();
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var postgres = PostgresServer.StartAsync(options.Postgres, failed.Token);
        var rabbit = RabbitServer.StartAsync(options.Rabbit, failed.Token);
        var mosquitto = MosquittoServer.StartAsync(options.Mosquitto, failed.Token);
        var mail = options.Mail is { } mailOptions ? MailServer.StartAsync(mailOptions, failed.Token) : null;
        Task[] all = [postgres, rabbit, mosquitto, .. mail is null ? [] : new[] { mail }];
        await foreach (var done in Task.WhenEach(all))
        {
            if (done.IsCompletedSuccessfully)
            {
                continue;
            }

            await failed.CancelAsync();
            await DisposeStartedAsync([AsDisposable(postgres), AsDisposable(rabbit), AsDisposable(mosquitto), .. mail is null ? [] : new[] { AsDisposable(mail) }]);
            await done;
        }

        return new LocalServers(await postgres, await rabbit, await mosquitto, mail is null ? null : await mail);
    }

    /// <summary>
    /// The servers that the tests of this process share: those named by COWORKING_TEST_SERVERS, else started at the first call.
    /// Each test class takes a database and a virtual host of its own.
    /// </summary>
    public static async Task<LocalServers> SharedAsync()
    {
        var (postgres, rabbit, mosquitto) = (SharedPostgresAsync(), SharedRabbitAsync(), SharedMosquittoAsync());
        return new LocalServers(await postgres, await rabbit, await mosquitto);
    }

    public static Task<PostgresServer> SharedPostgresAsync() => SharedPostgresServer.Value;

    public static Task<RabbitServer> SharedRabbitAsync() => SharedRabbitServer.Value;

    public static Task<MosquittoServer> SharedMosquittoAsync() => SharedMosquittoServer.Value;

    /// <summary>Shared like the others; tests look only at mails to addresses of their own.</summary>
    public static Task<MailServer> SharedMailAsync() => SharedMailServer.Value;

    public async ValueTask DisposeAsync() => await Task.WhenAll(
        Postgres.DisposeAsync().AsTask(), Rabbit.DisposeAsync().AsTask(), Mosquitto.DisposeAsync().AsTask(), Mail?.DisposeAsync().AsTask() ?? Task.CompletedTask);

    private static async Task DisposeStartedAsync(Task<IAsyncDisposable>[] starts)
    {
        foreach (var start in starts)
        {
            try
            {
                await (await start).DisposeAsync();
            }
            catch (Exception e) when (e is InvalidOperationException or OperationCanceledException or PortTakenException)
            {
                // Cleaned up by itself; the caller gets the first failure.
            }
        }
    }

    private static async Task<IAsyncDisposable> AsDisposable<T>(Task<T> server)
        where T : IAsyncDisposable => await server;
}
