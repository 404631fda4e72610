using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Notifications;

/// <summary>A database that goes away twice, at a certain change of a table.</summary>
internal sealed class Blips : IAsyncDisposable
{
    private readonly ReservationsHost _host;
    private readonly string _table;

    private Blips(ReservationsHost host, string table) => (_host, _table) = (host, table);

    internal static async Task<Blips> OfAsync(ReservationsHost host, string table, string change)
    {
        // A sequence counts on where all else is undone.
        await host.ExecuteAsync("create sequence blips");
        await host.ExecuteAsync(
            """
            create function blip() returns trigger language plpgsql as $$
            begin
                if nextval('blips') <= 2 then raise exception 'the database shuts down' using errcode = '57P03'; end if;
                return new;
            end $$
            """);
        await host.ExecuteAsync($"create trigger blip before update on {table} for each row when ({change}) execute function blip()");
        return new Blips(host, table);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.ExecuteAsync($"drop trigger blip on {_table}");
        await _host.ExecuteAsync("drop function blip");
        await _host.ExecuteAsync("drop sequence blips");
    }
}
