using System.Globalization;

namespace Coworking.Local;

/// <summary>What a <see cref="MailServer"/> is started with.</summary>
public sealed record MailServerOptions
{
    /// <summary>Port of SMTP; 0 takes a free one.</summary>
    public int SmtpPort { get; init; }

    /// <summary>Port of the page that shows the mails; 0 takes a free one.</summary>
    public int PagePort { get; init; }

    /// <summary>Kept after the server; null takes a private folder that is deleted with it.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>Named by the message when the port is taken.</summary>
    public string? SmtpPortVariable { get; init; }

    /// <summary>Named by the message when the port is taken.</summary>
    public string? PagePortVariable { get; init; }
}

/// <summary>A MailDev on the loopback interface: takes every mail, shows it on a page and as JSON, and delivers none.</summary>
public sealed class MailServer : IAsyncDisposable
{
    // As tools/local/mail/package.json pins it.
    private const string Image = "maildev/maildev:2.2.1";

    private readonly ServerProcess? _process;

    internal MailServer(int smtpPort, int pagePort, ServerProcess? process = null) => (SmtpPort, PagePort, _process) = (smtpPort, pagePort, process);

    public string Host { get; } = "127.0.0.1";

    public int SmtpPort { get; }

    public int PagePort { get; }

    /// <summary>The page; below it /email answers all mails as JSON, /email/:id/source one as it came.</summary>
    public Uri Page => new($"http://{Host}:{PagePort.ToString(CultureInfo.InvariantCulture)}/");

    internal ChildProcess Process => Owned.Child;

    private ServerProcess Owned => _process ?? throw new InvalidOperationException("This mail server belongs to another process");

    public static async Task<MailServer> StartAsync(MailServerOptions options, CancellationToken cancellationToken = default)
    {
        var smtp = Ports.Claim(options.SmtpPort, "the mail server", options.SmtpPortVariable);
        var page = Ports.Claim(options.PagePort, "the mail server's page", options.PagePortVariable);
        var program = Path.Combine(Repository.Root, "tools/local/mail/node_modules/maildev/bin/maildev");
        var node = Docker.Native("The mail server (node and tools/local/mail)", File.Exists(program) ? Tools.Find("node") : null);
        var data = DataFolder.Open(options.DataDirectory, "mail");
        var container = node is null ? Docker.ContainerName("mail", smtp) : null;
        var process = new ServerProcess(
            "The mail server",
            data,
            node is null ? InDocker(smtp, page, data) : Installed(node, program, smtp, page, data),
            TimeSpan.FromSeconds(60),
            async ct => await Ports.AnswersAsync(smtp, ct) && await Ports.AnswersAsync(page, ct))
        {
            Container = container,
        };
        var server = new MailServer(smtp, page, process);
        try
        {
            await process.StartAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>It answers no more; the port stays its own.</summary>
    public Task StopAsync(CancellationToken cancellationToken = default) => Owned.EndAsync(kill: true, cancellationToken);

    /// <summary>Starts it again on the same ports with the mails that it had, stopping it first where it runs.</summary>
    public Task RestartAsync(CancellationToken cancellationToken = default) => Owned.StartAsync(cancellationToken);

    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static ChildProcessOptions Installed(string node, string program, int smtp, int page, DataFolder data) => Common(data) with
    {
        FileName = node,
        Arguments =
        [
            program, "--smtp", smtp.ToString(CultureInfo.InvariantCulture), "--web", page.ToString(CultureInfo.InvariantCulture),
            "--ip", "127.0.0.1", "--web-ip", "127.0.0.1", "--mail-directory", Mails(data),
        ],
    };

    private static ChildProcessOptions InDocker(int smtp, int page, DataFolder data) => Common(data) with
    {
        FileName = "docker",
        Arguments = Docker.Run(
            Image, Docker.ContainerName("mail", smtp), [(smtp, 1025), (page, 1080)], [(Mails(data), "/mails")], [], ["bin/maildev", "--mail-directory", "/mails"]),
    };

    private static string Mails(DataFolder data) => Directory.CreateDirectory(data.At("mails")).FullName;

    private static ChildProcessOptions Common(DataFolder data) => new("node")
    {
        Name = "the mail server",
        LogFile = data.At("server.log"),
        WorkingDirectory = "/",
        StopLimit = TimeSpan.FromSeconds(10),
        RemoveWhenOrphaned = data.IsPrivate ? data.FullPath : null,
    };
}
