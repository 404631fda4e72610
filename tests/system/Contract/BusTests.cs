using Coworking.Local;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Contract;

/// <summary>What another team finds on the bus of a platform on which nothing has happened yet.</summary>
public sealed class BusTests
{
    [Fact]
    public async Task Exchanges_can_be_bound_to_before_anything_was_said_through_them()
    {
        var servers = await LocalServers.SharedAsync();
        var name = $"system_{Guid.CreateVersion7():N}";
        var bus = await servers.Rabbit.CreateVirtualHostAsync(name, TestContext.Current.CancellationToken);
        await using var mosquitto = await MosquittoServer.StartAsync(new MosquittoServerOptions(), TestContext.Current.CancellationToken);
        var options = new PlatformOptions { Postgres = servers.Postgres, Bus = bus, Mosquitto = mosquitto, Database = name };

        await using (await Platform.StartAsync(options, TestContext.Current.CancellationToken))
        {
            string[] exchanges =
            [
                "location-changed", "space-changed", "booking-placed", "booking-moved", "booking-cancelled", "alert-opened", "alert-resolved", "twin-changed", "snapshot-requested",
            ];
            await Eventually.HoldsAsync(() => CanBindAsync(bus, exchanges), "every exchange is there");
        }

        await servers.Rabbit.DeleteVirtualHostAsync(name, TestContext.Current.CancellationToken);
        await servers.Postgres.DropDatabaseAsync(name, TestContext.Current.CancellationToken);
    }

    private static async Task<bool> CanBindAsync(Uri bus, string[] exchanges)
    {
        try
        {
            await using var listener = await BusListener.OpenAsync(bus, "observer.early", [.. exchanges.Select(name => "coworking:" + name)]);
            return true;
        }
        catch (RabbitMQ.Client.Exceptions.OperationInterruptedException)
        {
            return false;
        }
    }
}
