using System.Diagnostics;
using Coworking.IotIngest.Devices;
using Coworking.IotIngest.Tests.Running;
using Coworking.Local;
using Coworking.Mqtt;

namespace Coworking.IotIngest.Tests.Devices;

/// <summary>The broker and the devices table agree again, whatever came between them.</summary>
public sealed class AccountsKeeperTests(StrictFixture fixture) : IClassFixture<StrictFixture>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_broker_that_is_away_or_has_lost_its_accounts_costs_no_device_its_own()
    {
        var room = await fixture.AddRoomAsync();
        var device = await fixture.Service.RegisterAsync(room);
        var broker = fixture.Platform.Broker;
        await broker.StopAsync(Ended);

        using (var away = await fixture.Service.SendAsync(HttpMethod.Post, "/api/v1/devices", new { serialNumber = "SN-away", spaceId = room.Id }))
        {
            await RunningService.ProblemAsync(away, System.Net.HttpStatusCode.ServiceUnavailable);
            Assert.NotNull(away.Headers.RetryAfter);
        }

        Assert.Equal(0, await fixture.Platform.ScalarAsync<long>("select count(*) from devices where serial_number = 'SN-away'"));
        await broker.LoseAccountsAsync(Ended);
        await broker.RestartAsync(Ended);
        await Wait.UntilAsync(
            async () =>
            {
                try
                {
                    await using var connection = await MqttConnection.ConnectAsync(fixture.Platform.Options(device), Deaf.Instance, Ended);
                    return await connection.PublishAsync(room.Topic, DeviceCalls.Sample(room.Start)) == MqttReasonCode.Success;
                }
                catch (MqttException)
                {
                    return false;
                }
            },
            TestPlatform.Limit, "the same account again", Ended);
        await room.StoredAsync(1);
    }

    [Fact]
    public async Task An_account_that_no_device_has_is_taken_back()
    {
        var room = await fixture.AddRoomAsync();
        var orphan = Guid.CreateVersion7();
        var accounts = fixture.Service.Service<BrokerAccounts>();
        await accounts.ProvisionAsync(orphan, BrokerRole.OfDevice(orphan, room.Facts.LocationId, room.Id), new byte[32], Ended);
        // Any change makes the keeper compare.
        await fixture.Service.RegisterAsync(room);
        await Wait.UntilAsync(
            async () => (await BrokerPicture.TakeAsync(accounts, Ended)) is var picture && !picture.Clients.Contains(BrokerRole.NameOf(orphan)) && !picture.Roles.ContainsKey(BrokerRole.NameOf(orphan)),
            TestPlatform.Limit, "the orphan gone", Ended);
    }

    [Fact]
    public async Task A_broker_that_knows_nothing_but_the_services_account_is_set_up_by_the_service()
    {
        var data = Directory.CreateTempSubdirectory("coworking-broker-").FullName;

        try
        {
            const string Password = "a-long-random-password";
            await File.WriteAllTextAsync(Path.Combine(data, "password"), Password, Ended);
            var start = new ProcessStartInfo(Path.Combine(Repository.Root, "deploy/mosquitto/init.sh"))
            {
                Environment = { ["DYNSEC_FILE"] = Path.Combine(Directory.CreateDirectory(Path.Combine(data, "state")).FullName, "dynamic-security.json"), ["MQTT_PASSWORD"] = Password },
            };
            using (var init = Process.Start(start)!)
            {
                await init.WaitForExitAsync(Ended);
                Assert.Equal(0, init.ExitCode);
            }

            await using var broker = await MosquittoServer.StartAsync(new MosquittoServerOptions { DataDirectory = data, DynamicSecurity = true }, Ended);
            await using var platform = await TestPlatform.CreateAsync();
            await using var service = await platform.StartAsync($"--Mqtt:Port={broker.Port}", $"--Mqtt:Password={Password}");
            var room = await Room.AddAsync(platform, service, isProbed: false);
            var device = await service.RegisterAsync(room);
            var account = platform.Options(device) with { Port = broker.Port };
            await account.ListenedToAsync(room);
            Assert.Equal(MqttReasonCode.Success, await account.TryAsync(room.Topic, DeviceCalls.Sample(room.Start)));
            await room.StoredAsync(1);
            using var desired = await service.SendAsync(HttpMethod.Patch, $"/api/v1/iot/spaces/{room.Id}/desired", new { samplingIntervalSec = 5 });
            await platform.UntilAsync("select count(*) from twins where space_id = $1 and published_version = desired_version", 1, room.Id);
            var picture = await BrokerPicture.TakeAsync(service.Service<BrokerAccounts>(), Ended);
            Assert.True(picture.RefusesByDefault);
            Assert.Equal(BrokerRole.Anonymous, picture.AnonymousGroup);
            Assert.Equal(BrokerRole.OfService(), picture.Roles[BrokerRole.Service]);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }
}
