using System.Net;
using Coworking.Hosting.Health;
using Coworking.Hosting.Stopping;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Coworking.Hosting.Tests.Stopping;

public sealed class GracefulStopTests
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task For_its_delay_a_stopping_service_is_not_ready_serves_on_and_closes_each_connection()
    {
        var clock = new FakeClock();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Stop:Delay"] = "00:00:03" });
        builder.Services.AddSingleton<TimeProvider>(clock);
        builder.Services.AddGracefulStop();
        await using var app = builder.Build();
        app.UseGracefulStop();
        app.MapServiceHealth();
        app.MapGet("/", () => "here");
        await app.StartAsync(Ended);
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };

        using (var before = await http.GetAsync(new Uri("/health/ready", UriKind.Relative), Ended))
        {
            Assert.Equal(HttpStatusCode.OK, before.StatusCode);
            Assert.NotEqual(true, before.Headers.ConnectionClose);
        }

        // As SIGTERM does: the word first, then the host's stop.
        app.Lifetime.StopApplication();
        var stopping = app.StopAsync(Ended);
        using var ready = await http.GetAsync(new Uri("/health/ready", UriKind.Relative), Ended);
        using var live = await http.GetAsync(new Uri("/health/live", UriKind.Relative), Ended);
        using var answer = await http.GetAsync(new Uri("/", UriKind.Relative), Ended);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK, HttpStatusCode.OK), (ready.StatusCode, live.StatusCode, answer.StatusCode));
        Assert.True(answer.Headers.ConnectionClose);
        Assert.False(stopping.IsCompleted);

        clock.Advance(TimeSpan.FromSeconds(3));
        await stopping.WaitAsync(TimeSpan.FromSeconds(60), Ended);
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(new Uri("/", UriKind.Relative), Ended));
    }
}
