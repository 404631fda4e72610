using Coworking.Hosting.Health;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Coworking.Hosting.Tests.Health;

[Collection(nameof(HealthVerbTests))]
[CollectionDefinition(nameof(HealthVerbTests), DisableParallelization = true)]
public sealed class HealthVerbTests
{
    [Theory]
    [InlineData(null, "8080", 8080)]
    [InlineData("", "8080;8081", 8080)]
    [InlineData("http://+:5000", "8080", 5000)]
    [InlineData("https://*:443;http://*:81/", null, 81)]
    [InlineData("http://[::]:7000", null, 7000)]
    [InlineData("http://localhost", null, 80)]
    [InlineData("https://*:443", "8080", null)]
    [InlineData(null, null, null)]
    [InlineData(null, "none", null)]
    public void The_port_is_that_of_the_first_http_address(string? urls, string? ports, int? port) => Assert.Equal(port, HealthVerb.Port(urls, ports));

    [Theory]
    [InlineData(200, 0)]
    [InlineData(503, 1)]
    public async Task The_exit_code_says_what_the_service_answers(int status, int code)
    {
        var asked = new List<string>();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        app.MapFallback((HttpContext context) =>
        {
            asked.Add(context.Request.Path);
            context.Response.StatusCode = status;
        });
        await app.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal((code, code), (await RunAsync(app.Urls.First(), ["health"]), await RunAsync(app.Urls.First(), ["health", "live"])));
        Assert.Equal(["/health/ready", "/health/live"], asked);
    }

    [Fact]
    public async Task Nobody_there_or_nothing_to_ask_is_no_health()
    {
        Assert.Equal(1, await RunAsync($"http://127.0.0.1:{Coworking.Local.Ports.Free()}", ["health"]));
        Assert.Equal(1, await RunAsync("", ["health"]));
        Assert.Equal(1, await RunAsync("http://127.0.0.1:1", ["health", "soon"]));
    }

    private static async Task<int> RunAsync(string urls, string[] arguments)
    {
        var (before, error) = (Environment.GetEnvironmentVariable("ASPNETCORE_URLS"), Console.Error);
        Environment.SetEnvironmentVariable("ASPNETCORE_URLS", urls);
        Console.SetError(TextWriter.Null);

        try
        {
            return await HealthVerb.RunAsync(arguments);
        }
        finally
        {
            Environment.SetEnvironmentVariable("ASPNETCORE_URLS", before);
            Console.SetError(error);
        }
    }
}
