using System.Net;
using Coworking.Reservations.Demo;
using Coworking.Reservations.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Coworking.Reservations.Tests.Demo;

public sealed class DemoTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task Demo_data_is_what_the_contract_promises_and_loads_once()
    {
        for (var run = 0; run < 2; run++)
        {
            await using var scope = host.Services.CreateAsyncScope();
            await DemoData.LoadAsync(scope.ServiceProvider);
        }

        var locations = (await host.User.GetAsync("/locations")).Data.EnumerateArray().Select(row => (row.GetProperty("name").GetString(), row.GetProperty("_count").GetProperty("spaces").GetInt32()));
        Assert.Equal([("Hub Creativo Sur", 2), ("Torre de Innovación Norte", 3)], locations);
        var spaces = (await host.User.GetAsync("/spaces")).Data.EnumerateArray().Select(row => row.GetProperty("name").GetString());
        Assert.Equal(["Área Colaborativa Verde", "Cabina Creativa A", "Despensa", "Sala Azul", "Sala Principal"], spaces);

        var blue = (await host.User.GetAsync("/spaces/b6194839-7438-4587-a52e-eeef27d00282")).Is(HttpStatusCode.OK);
        Assert.Equal("09:00", blue["officeHours"].GetProperty("openTime").GetString());
        var pantry = (await host.User.GetAsync("/spaces/5f0b7d1e-2c4a-4a7b-9d3e-6e1a0c8b4f21")).Is(HttpStatusCode.OK);
        Assert.Equal((false, 2d, 8d), (pantry["bookable"].GetBoolean(), pantry["climate"].GetProperty("tempMin").GetDouble(), pantry["climate"].GetProperty("tempMax").GetDouble()));

        var bookings = (await host.User.GetAsync("/bookings")).Data.EnumerateArray().Select(row => row.GetProperty("clientEmail").GetString());
        Assert.Equal(["ana@example.com", "carlos@example.com"], bookings);
        Assert.Equal(TimeSpan.FromHours(15), (await host.User.GetAsync("/bookings")).Data[0].GetProperty("startTime").GetDateTimeOffset().TimeOfDay);
    }
}
