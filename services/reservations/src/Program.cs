using Coworking.Hosting;
using Coworking.Hosting.Health;
using Coworking.Hosting.Start;
using Coworking.Reservations;
using Coworking.Reservations.Database;
using Coworking.Reservations.Demo;
using Coworking.Reservations.Http;
using Coworking.Reservations.Idempotency;

if (HealthVerb.IsAskedBy(args))
{
    return await HealthVerb.RunAsync(args);
}

var builder = WebApplication.CreateBuilder(args);

if (builder.RefuseStart(args) is { } reason)
{
    await Console.Error.WriteLineAsync(reason);
    return 1;
}

builder.AddServiceDefaults<ReservationsDb>("reservations", ReservationsDb.Schema);
// The longest text of a request has 2,000 characters; a larger body is a mistake or an attack.
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = 256 * 1024);
builder.Services.AddOptions<ReservationsOptions>().BindConfiguration("Reservations").ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddFeatures(builder.Environment);

var app = builder.Build();
app.UseServiceDefaults();
app.UseIdempotency();

var api = app.MapGroup("/api/v1").AddEndpointFilter<RouteGroupBuilder, RefusalsCounted>();
api.MapFeatures();

return await app.RunVerbAsync<ReservationsDb>(args, new Dictionary<string, Func<IServiceProvider, Task>> { ["demo"] = DemoData.LoadAsync });
