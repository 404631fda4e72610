using System.Net;
using Coworking.Gateway.Tests.Running;

namespace Coworking.Gateway.Tests;

[Collection(nameof(StartTests))]
[CollectionDefinition(nameof(StartTests), DisableParallelization = true)]
public sealed class StartTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    [Theory]
    [InlineData("--Identity:SigningKey=", "Identity:SigningKey is missing")]
    [InlineData("--Identity:SigningKey=no base64", "Identity:SigningKey is no base64 PKCS #8")]
    [InlineData("--Identity:SigningKey=c2VjcmV0", "Identity:SigningKey is no base64 PKCS #8")]
    [InlineData("--ConnectionStrings:Postgres=", "ConnectionStrings:Postgres is missing")]
    [InlineData("--ConnectionStrings:Postgres=hunter2", "ConnectionStrings:Postgres is no connection string")]
    [InlineData("--ReverseProxy:Clusters:reservations:Destinations:d1:Address=elsewhere", "ReverseProxy:Clusters:reservations:Destinations")]
    [InlineData("--Cors:AllowedOrigins:0=https://app.example.com/page", "Cors:AllowedOrigins holds 'https://app.example.com/page'")]
    [InlineData("--Limits:AddressPerMinute=0", "Limits:AddressPerMinute must be a whole number from 1 to 100000000")]
    [InlineData("--Limits:BookingsPerMinute=many", "Limits:BookingsPerMinute must be")]
    [InlineData("--Limits:DevicePerMinute=100000001", "Limits:DevicePerMinute must be")]
    [InlineData("--Limits:InFlightPerCaller=0", "Limits:InFlightPerCaller must be a whole number from 1")]
    [InlineData("--Limits:StreamLifetime=soon", "Limits:StreamLifetime must be a time such as 00:15:00")]
    [InlineData("--Proxies:Known:0=10.0.0.1/40", "Proxies:Known holds '10.0.0.1/40'")]
    [InlineData("--Proxies:Known:0=proxy", "Proxies:Known holds 'proxy'")]
    [InlineData("--urls=elsewhere", "ASPNETCORE_URLS holds 'elsewhere'")]
    [InlineData("--OTEL_EXPORTER_OTLP_ENDPOINT=collector:4317", "OTEL_EXPORTER_OTLP_ENDPOINT")]
    [InlineData("--Stop:Delay=00:00:06", "DataAnnotation validation failed for 'StopOptions' members: 'Delay'")]
    [InlineData("--Stop:Delay=soon", "Failed to convert configuration value at 'Stop:Delay'")]
    public async Task A_bad_setting_is_one_line_that_names_it_and_exit_code_1(string setting, string line)
    {
        var (code, error) = await RunAsync(fixture.Settings(setting));

        Assert.Equal(1, code);
        Assert.StartsWith(line, Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_without_an_address_is_named()
    {
        var (code, error) = await RunAsync([.. fixture.Settings().Where(setting => !setting.Contains("iot-ingest", StringComparison.Ordinal))]);

        Assert.Equal(1, code);
        Assert.StartsWith("ReverseProxy:Clusters:iot-ingest:Destinations is missing", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Production_loads_no_demo_data_and_accepts_no_demo_key_though_it_stands_in_the_table()
    {
        var (code, error) = await RunAsync(["demo", .. fixture.Settings("--environment=Production")]);
        Assert.Equal((1, "demo: demo data is never loaded in Production\n"), (code, error));

        await using var production = await fixture.StartAsync("--environment=Production");
        using var answer = await production.GetAsync("/api/v1/locations");
        await Answers.IsProblemAsync(answer, 401, "auth.invalid_key");

        var (_, key) = await fixture.Gateway.CreateKeyAsync(new { role = "ADMIN" });
        using var honest = await production.GetAsync("/api/v1/locations", key);
        Assert.Equal(HttpStatusCode.OK, honest.StatusCode);
    }

    [Fact]
    public async Task Demo_data_may_be_loaded_again_and_brings_back_what_was_revoked()
    {
        await fixture.SqlAsync("update api_keys set revoked_at = now() where is_demo and role = 'USER'");

        Assert.Equal(0, (await RunAsync(["demo", .. fixture.Settings()])).Code);

        Assert.Equal(2L, await fixture.SqlAsync("select count(*) from api_keys where is_demo and revoked_at is null"));
    }

    [Fact]
    public async Task The_first_key_of_an_empty_production_is_made_at_the_command_line()
    {
        var before = Console.Out;
        await using var text = new StringWriter();
        Console.SetOut(text);

        try
        {
            Assert.Equal(0, await Program.Main(["admin-key", .. fixture.Settings("--environment=Production")]));
        }
        finally
        {
            Console.SetOut(before);
        }

        await using var production = await fixture.StartAsync("--environment=Production");
        using var answer = await production.GetAsync("/api/v1/api-keys", text.ToString().Trim());
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static async Task<(int Code, string Error)> RunAsync(string[] arguments)
    {
        var before = Console.Error;
        await using var text = new StringWriter();
        Console.SetError(text);

        try
        {
            return (await Program.Main(arguments), text.ToString());
        }
        finally
        {
            Console.SetError(before);
        }
    }
}
