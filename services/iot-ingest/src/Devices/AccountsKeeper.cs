using System.Text.Json.Nodes;
using Coworking.Hosting.Leases;
using Coworking.Hosting.Postgres;
using Coworking.IotIngest.Spaces;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Coworking.IotIngest.Devices;

/// <summary>
/// Keeps the broker's accounts as the devices table wants them, whatever happened in between: a commit that failed, a space that moved, a broker that
/// has lost its file. One replica at a time, at start, after each reconnect, when something changes, and once a minute.
/// </summary>
internal sealed class AccountsKeeper(
    NpgsqlDataSource database, LeaseStore leases, PostgresListener listener, BrokerControl control, BrokerAccounts broker, IOptions<IotIngestOptions> options,
    TimeProvider clock, ILogger<AccountsKeeper> log) : LeasedService("broker-accounts", leases, clock, log)
{
    // The plugin writes its whole file with each command: a message of a few dozen keeps the broker's pauses short.
    private const int MaxCommands = 50;

    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly TimeProvider _clock = clock;

    private sealed record Wanted(Guid Id, BrokerRole Role, byte[] Salt);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        listener.Subscribe(DeviceDirectory.Channel, _ => Wake());
        listener.Subscribe(SpaceDirectory.Channel, _ => Wake());
        control.Connected = Wake;
        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    protected override async Task RunWhileHeldAsync(CancellationToken cancellationToken)
    {
        var (seen, connects, comparedAt) = (new Dictionary<string, BrokerRole>(), -1, 0L);

        while (control.Username is not null)
        {
            try
            {
                // Spaces change for many reasons that concern no device: only then is the broker asked.
                var roles = (await WantedAsync(cancellationToken)).ToDictionary(device => device.Role.Name, device => device.Role);

                if (connects != control.Connects || _clock.GetElapsedTime(comparedAt) > Every || !Same(roles, seen))
                {
                    var now = control.Connects;
                    await KeepAsync(cancellationToken);
                    (seen, connects, comparedAt) = (roles, now, _clock.GetTimestamp());
                }
            }
            catch (Exception e) when (e is BrokerAwayException or NpgsqlException or TimeoutException or IOException)
            {
                IotIngestLog.AccountsUnsure(log, e.Message);
                connects = -1;
            }

            // Many registrations in a row are compared together.
            await Task.Delay(Pause, _clock, cancellationToken);
            await _wake.WaitAsync(connects == -1 ? TimeSpan.FromSeconds(2) : Every, cancellationToken);
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, _clock, cancellationToken);
    }

    private static bool Same(Dictionary<string, BrokerRole> some, Dictionary<string, BrokerRole> others) =>
        some.Count == others.Count && some.All(role => others.TryGetValue(role.Key, out var other) && role.Value.Equals(other));

    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await DeviceChange.BeginAsync(connection, cancellationToken);
        var wanted = await WantedAsync(cancellationToken);
        var picture = await BrokerPicture.TakeAsync(broker, cancellationToken);
        var removed = Surplus(picture, wanted);
        var made = Missing(picture, wanted);

        foreach (var chunk in Basics(picture).Concat(removed).Concat(made).Chunk(MaxCommands))
        {
            await broker.DoAsync(chunk, cancellationToken);
        }

        if (removed.Count + made.Count > 0)
        {
            IotIngestLog.AccountsMended(log, made.Count, removed.Count);
        }
    }

    private static List<JsonObject> Surplus(BrokerPicture picture, List<Wanted> wanted)
    {
        var names = wanted.Select(device => device.Role.Name).ToHashSet();
        return [.. picture.Clients.Union(picture.Roles.Keys)
            .Where(name => name.StartsWith(BrokerRole.DevicePrefix, StringComparison.Ordinal) && !names.Contains(name))
            .SelectMany(BrokerAccounts.Revocation)];
    }

    private List<JsonObject> Missing(BrokerPicture picture, List<Wanted> wanted)
    {
        var commands = new List<JsonObject>();

        foreach (var device in wanted)
        {
            if (!picture.Clients.Contains(device.Role.Name) || !picture.Roles.TryGetValue(device.Role.Name, out var role))
            {
                commands.AddRange([.. BrokerAccounts.Revocation(device.Role.Name), .. BrokerAccounts.Provision(broker.AccountOf(device.Id, device.Salt), device.Role)]);
            }
            else if (!role.Equals(device.Role))
            {
                commands.Add(device.Role.Command("modifyRole"));
            }
        }

        return commands;
    }

    /// <summary>Ours to set up too, so that a broker needs nothing but the service's account: its rights, what devices without an account may, and no for all else.</summary>
    private List<JsonObject> Basics(BrokerPicture picture)
    {
        var commands = new List<JsonObject>();
        Ensure(BrokerRole.OfService(), () => new JsonObject { ["command"] = "addClientRole", ["username"] = control.Username, ["rolename"] = BrokerRole.Service });
        Ensure(BrokerRole.OfAnonymous(options.Value.AllowAnonymousDevices), () => null);

        if (picture.AnonymousGroup != BrokerRole.Anonymous)
        {
            commands.Add(new JsonObject { ["command"] = "createGroup", ["groupname"] = BrokerRole.Anonymous, ["roles"] = new JsonArray(new JsonObject { ["rolename"] = BrokerRole.Anonymous }) });
            commands.Add(new JsonObject { ["command"] = "setAnonymousGroup", ["groupname"] = BrokerRole.Anonymous });
        }

        if (!picture.RefusesByDefault)
        {
            string[] kinds = ["publishClientSend", "publishClientReceive", "subscribe", "unsubscribe"];
            var refusals = kinds.Select(JsonNode (kind) => new JsonObject { ["acltype"] = kind, ["allow"] = false });
            commands.Add(new JsonObject { ["command"] = "setDefaultACLAccess", ["acls"] = new JsonArray([.. refusals]) });
        }

        return commands;

        void Ensure(BrokerRole role, Func<JsonObject?> given)
        {
            if (!picture.Roles.TryGetValue(role.Name, out var there))
            {
                commands.Add(role.Command("createRole"));
                commands.AddRange(given() is { } also ? [also] : []);
            }
            else if (!there.Equals(role))
            {
                commands.Add(role.Command("modifyRole"));
            }
        }
    }

    private async Task<List<Wanted>> WantedAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("""
            select d.id, d.space_id, s.location_id, d.mqtt_salt from devices d left join spaces s on s.id = d.space_id and not s.removed
            """);
        var wanted = new List<Wanted>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            var id = reader.GetGuid(0);
            var role = reader.IsDBNull(2) ? BrokerRole.OfHomeless(id) : BrokerRole.OfDevice(id, reader.GetGuid(2), reader.GetGuid(1));
            wanted.Add(new Wanted(id, role, reader.GetFieldValue<byte[]>(3)));
        }

        return wanted;
    }

    private void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // Awake already.
        }
    }
}
