using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Coworking.Hosting.Health;
using Coworking.Hosting.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Coworking.Hosting.Tests.Health;

public sealed class DatabaseHealthTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_database_that_answers_is_told_with_its_time_and_the_connections()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var busy = await database.Pool.OpenConnectionAsync(Stop);
        await using var transaction = await busy.BeginTransactionAsync(Stop);
        // A transaction begins with its first statement.
        await using var command = new NpgsqlCommand("select 1", busy, transaction);
        await command.ExecuteScalarAsync(Stop);
        await using var idle = await database.Pool.OpenConnectionAsync(Stop);

        var (status, body) = await AskAsync(database.Pool);

        Assert.Equal((HttpStatusCode.OK, "ok"), (status, body.GetProperty("status").GetString()));
        Assert.InRange(body.GetProperty("responseTimeMs").GetDouble(), 0, 2_500);
        // At work are the transaction and the question itself; the third does nothing.
        Assert.Equal((2, 1, 3), (Pool(body, "active"), Pool(body, "idle"), Pool(body, "total")));
    }

    [Fact]
    public async Task However_many_ask_at_once_the_database_is_asked_once()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var app = await StartAsync(database.Pool);
        var began = Stopwatch.GetTimestamp();
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => AskAsync(app)));

        // When it was asked; a slow machine may need another second.
        var seconds = (int)Stopwatch.GetElapsedTime(began).TotalSeconds;
        Assert.InRange(answers.Select(answer => answer.Body.GetProperty("ts").GetString()).Distinct().Count(), 1, seconds + 1);
    }

    [Fact]
    public async Task A_database_that_is_away_is_a_503_in_the_shape_of_all_errors()
    {
        // Nobody listens on port 1.
        await using var nowhere = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1;Username=nobody;Database=nothing");
        var (status, body) = await AskAsync(nowhere);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal(("service.unavailable", 503, "Service Unavailable", "The database does not answer"),
            (body.GetProperty("code").GetString(), body.GetProperty("statusCode").GetInt32(), body.GetProperty("error").GetString(), body.GetProperty("message").GetString()));
    }

    private static int Pool(JsonElement body, string member) => body.GetProperty("pool").GetProperty(member).GetInt32();

    private static async Task<(HttpStatusCode Status, JsonElement Body)> AskAsync(NpgsqlDataSource pool)
    {
        await using var app = await StartAsync(pool);
        return await AskAsync(app);
    }

    private static async Task<WebApplication> StartAsync(NpgsqlDataSource pool)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(_ => pool);
        builder.Services.ConfigureHttpJsonOptions(options => JsonSetup.Configure(options.SerializerOptions));
        var app = builder.Build();
        app.MapDatabaseHealth();
        await app.StartAsync(Stop);
        return app;
    }

    private static async Task<(HttpStatusCode Status, JsonElement Body)> AskAsync(WebApplication app)
    {
        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri(app.Urls.Single() + "/health/db"), Stop);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>(Stop));
    }
}
