using Coworking.Hosting;
using Coworking.Hosting.Health;
using Coworking.Hosting.Start;
using Coworking.IotIngest;
using Coworking.IotIngest.Database;
using Coworking.IotIngest.Demo;

if (HealthVerb.IsAskedBy(args))
{
    return await HealthVerb.RunAsync(args);
}

var builder = WebApplication.CreateBuilder(args);

if (builder.RefuseStart(args, "Mqtt:Password") is { } reason)
{
    await Console.Error.WriteLineAsync(reason);
    return 1;
}

builder.AddServiceDefaults<IotDb>("iot-ingest", IotDb.Schema);
builder.Services.AddFeatures(builder.Configuration);

var app = builder.Build();
app.UseServiceDefaults();

var api = app.MapGroup("/api/v1").AddEndpointFilter(OnceMore.AfterRivalryAsync);
api.MapFeatures();

return await app.RunVerbAsync<IotDb>(args, new Dictionary<string, Func<IServiceProvider, Task>> { ["demo"] = DemoData.LoadAsync });

/// <summary>Named so that tests can host the service.</summary>
public sealed partial class Program;
