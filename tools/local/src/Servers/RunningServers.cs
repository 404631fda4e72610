namespace Coworking.Local;

/// <summary>The JSON of COWORKING_TEST_SERVERS: servers that another process runs.</summary>
internal sealed record RunningServers(
    int PostgresPort, string PostgresPassword, int RabbitPort, int RabbitManagementPort, string RabbitPassword, int MosquittoPort)
{
    /// <summary>Every process behind the servers, guardians included; for those who want to see them end.</summary>
    public IReadOnlyList<int> Processes { get; init; } = [];

    internal static RunningServers Of(LocalServers servers)
    {
        ChildProcess[] children = [servers.Postgres.Process, servers.Rabbit.Process, servers.Mosquitto.Process];
        return new RunningServers(
            servers.Postgres.Port, servers.Postgres.Password, servers.Rabbit.Port, servers.Rabbit.ManagementPort, servers.Rabbit.Password, servers.Mosquitto.Port)
        {
            Processes = [.. children.SelectMany(c => ProcessTable.Descendants(c.GuardianId).Append(c.GuardianId))],
        };
    }

    internal PostgresServer JoinPostgres() => new(PostgresPort, PostgresPassword);

    internal RabbitServer JoinRabbit() => new(RabbitPort, RabbitManagementPort, RabbitPassword);

    internal MosquittoServer JoinMosquitto() => new(MosquittoPort);
}
