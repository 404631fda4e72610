using Npgsql;

namespace Coworking.IotIngest.Ingest;

/// <summary>Keeps what was not taken, for whoever mends the device.</summary>
internal static class RejectedWriter
{
    public static NpgsqlBatchCommand Command(List<RejectedMessage> rejected)
    {
        var command = new NpgsqlBatchCommand("""
            insert into rejected_readings (topic, reason, detail, payload)
            select * from unnest($1::text[], $2::text[], $3::text[], $4::bytea[])
            """);
        command.Parameters.Add(new() { Value = rejected.ConvertAll(message => message.Topic) });
        command.Parameters.Add(new() { Value = rejected.ConvertAll(message => message.Rejection.Reason) });
        command.Parameters.Add(new() { Value = rejected.ConvertAll(message => message.Rejection.Detail) });
        command.Parameters.Add(new() { Value = rejected.ConvertAll(message => message.Payload) });
        return command;
    }
}
