using System.Net;
using System.Net.Sockets;
using Coworking.Gateway.Proxying;
using Coworking.Gateway.Tests.Running;
using Coworking.Local;
using Microsoft.Extensions.Logging.Abstractions;
using Yarp.ReverseProxy.Configuration;

namespace Coworking.Gateway.Tests.Proxying;

public sealed class ReplicasTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private IPAddress[]? _found = [IPAddress.Parse("10.0.0.1")];

    [Fact]
    public async Task Replicas_behind_a_name_come_and_go_and_an_answer_that_fails_to_come_changes_nothing()
    {
        using var replicas = New();
        Assert.Equal(["http://10.0.0.1:8080/"], (await ResolveAsync(replicas)).Addresses);

        _found = [IPAddress.Parse("10.0.0.2"), IPAddress.Parse("10.0.0.1"), IPAddress.Parse("fd00::1")];
        Assert.True(await ChangesAsync(replicas));
        Assert.Equal(["http://10.0.0.1:8080/", "http://10.0.0.2:8080/", "http://[fd00::1]:8080/"], (await ResolveAsync(replicas)).Addresses);

        _found = [.. _found.Reverse()];
        Assert.False(await ChangesAsync(replicas));

        _found = null;
        Assert.False(await ChangesAsync(replicas));
        Assert.Equal(3, (await ResolveAsync(replicas)).Addresses.Count);
    }

    [Fact]
    public async Task A_name_that_leads_nowhere_stays_a_destination_until_it_leads_somewhere()
    {
        _found = null;
        using var replicas = New();
        Assert.Equal(["http://iot-ingest:8080"], (await ResolveAsync(replicas)).Addresses);

        _found = [IPAddress.Loopback];
        Assert.True(await ChangesAsync(replicas));
        Assert.Equal(["http://127.0.0.1:8080/"], (await ResolveAsync(replicas)).Addresses);
    }

    [Fact]
    public async Task An_address_is_not_looked_up_and_the_name_stays_the_host_that_is_asked_for()
    {
        using var replicas = New();
        var address = await replicas.ResolveDestinationsAsync(new Dictionary<string, DestinationConfig> { ["d1"] = new() { Address = "http://192.0.2.1:8080" } }, TestContext.Current.CancellationToken);
        Assert.Equal("http://192.0.2.1:8080", Assert.Single(address.Destinations).Value.Address);

        Assert.Equal("iot-ingest:8080", Assert.Single((await ResolveAsync(replicas)).Hosts));
    }

    [Fact]
    public async Task A_request_whose_replica_takes_no_connection_goes_to_another_one()
    {
        await using var gateway = await fixture.StartAsync($"--ReverseProxy:Clusters:reservations:Destinations:d0:Address=http://127.0.0.1:{Ports.Free()}");

        for (var i = 0; i < 6; i++)
        {
            using var answer = await gateway.SendAsync("POST", "/api/v1/bookings", body: new { number = i });
            Assert.Equal("reservations", (await Echo.OfAsync(answer)).Service);
        }
    }

    private static async Task<(List<string> Addresses, List<string?> Hosts)> ResolveAsync(Replicas replicas)
    {
        var resolved = await replicas.ResolveDestinationsAsync(new Dictionary<string, DestinationConfig> { ["d1"] = new() { Address = "http://iot-ingest:8080" } }, TestContext.Current.CancellationToken);
        return ([.. resolved.Destinations.Values.Select(one => one.Address)], [.. resolved.Destinations.Values.Select(one => one.Host)]);
    }

    /// <summary>Looks once more; true where whoever had resolved before is told to do so again.</summary>
    private static async Task<bool> ChangesAsync(Replicas replicas)
    {
        var before = await replicas.ResolveDestinationsAsync(new Dictionary<string, DestinationConfig> { ["d1"] = new() { Address = "http://iot-ingest:8080" } }, TestContext.Current.CancellationToken);
        await replicas.LookAsync(TestContext.Current.CancellationToken);
        return before.ChangeToken!.HasChanged;
    }

    private Replicas New() => new((_, _) => _found is { } found ? Task.FromResult(found) : throw new SocketException((int)SocketError.HostNotFound), TimeProvider.System, NullLogger<Replicas>.Instance);
}
