using Coworking.Hosting.Http;
using Npgsql;

namespace Coworking.IotIngest.Alerts;

/// <summary>GET /alerts: of every space, the newest first.</summary>
internal static class ListAlerts
{
    private static readonly Dictionary<string, string> Statuses = new()
    {
        ["open"] = "a.resolved_at is null and a.acknowledged_at is null",
        ["acknowledged"] = "a.resolved_at is null and a.acknowledged_at is not null",
        ["resolved"] = "a.resolved_at is not null",
    };

    internal static async Task<Page<AlertRow>> Handle(PageRequest page, HttpRequest request, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var query = request.Query;
        // Only conditions that were asked for: each leaves the planner an index that fits.
        var conditions = new List<string>();
        var values = new List<object>();
        Where("a.kind", QueryValues.Word(query, "kind", AlertKind.Names));
        Where("a.severity", QueryValues.Word(query, "severity", AlertSeverity.All));
        Where("a.space_id", QueryValues.Uuid(query, "spaceId"));
        Where("a.location_id", QueryValues.Uuid(query, "locationId"));

        if (QueryValues.Word(query, "status", Statuses.Keys) is { } status)
        {
            conditions.Add(Statuses[status]);
        }

        var where = conditions.Count == 0 ? "" : $"where {string.Join(" and ", conditions)}";
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var count = Command($"select count(*) from alerts a {where}");
        var total = (long)(await count.ExecuteScalarAsync(cancellationToken))!;
        await using var command = Command(
            $"select {AlertReader.Columns} from alerts a {where} order by a.started_at desc, a.id desc limit ${values.Count + 1} offset ${values.Count + 2}");
        command.Parameters.Add(new() { Value = page.Size });
        command.Parameters.Add(new() { Value = page.Offset });
        return page.Of((await AlertReader.AllAsync(command, cancellationToken)).ConvertAll(AlertRow.Of), total);

        void Where(string column, object? value)
        {
            if (value is not null)
            {
                values.Add(value);
                conditions.Add($"{column} = ${values.Count}");
            }
        }

        NpgsqlCommand Command(string sql)
        {
            var made = new NpgsqlCommand(sql, connection);
            values.ForEach(value => made.Parameters.Add(new() { Value = value }));
            return made;
        }
    }
}
