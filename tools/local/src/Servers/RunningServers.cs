namespace Coworking.Local;

/// <summary>The JSON of COWORKING_TEST_SERVERS: servers that another process runs.</summary>
internal sealed record RunningServers(
    int PostgresPort, string PostgresPassword, int RabbitPort, int RabbitManagementPort, string RabbitPassword, int MosquittoPort)
{
    /// <summary>0 where no mail server runs.</summary>
    public int MailPort { get; init; }

    public int MailPagePort { get; init; }

    /// <summary>Every process behind the servers, guardians included; for those who want to see them end.</summary>
    public IReadOnlyList<int> Processes { get; init; } = [];

    internal static RunningServers Of(LocalServers servers)
    {
        ChildProcess[] children = [servers.Postgres.Process, servers.Rabbit.Process, servers.Mosquitto.Process, .. servers.Mail is { } mail ? new[] { mail.Process } : []];
        return new RunningServers(
            servers.Postgres.Port, servers.Postgres.Password, servers.Rabbit.Port, servers.Rabbit.ManagementPort, servers.Rabbit.Password, servers.Mosquitto.Port)
        {
            MailPort = servers.Mail?.SmtpPort ?? 0,
            MailPagePort = servers.Mail?.PagePort ?? 0,
            Processes = [.. children.SelectMany(c => ProcessTable.Descendants(c.GuardianId).Append(c.GuardianId))],
        };
    }

    internal PostgresServer JoinPostgres() => new(PostgresPort, PostgresPassword);

    internal RabbitServer JoinRabbit() => new(RabbitPort, RabbitManagementPort, RabbitPassword);

    internal MosquittoServer JoinMosquitto() => new(MosquittoPort);

    internal MailServer JoinMail() => new(MailPort, MailPagePort);
}
