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

if (builder.RefuseStart(args, "Reservations:PublicUrl") is { } reason)
{
    await Console.Error.WriteLineAsync(reason);
    return 1;
}

builder.AddServiceDefaults<ReservationsDb>("reservations", ReservationsDb.Schema);
// More than the gateway lets in: whoever cuts first has to be the one who can still answer (ADR 0037).
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = 2 * 1024 * 1024);
builder.Services.AddOptions<ReservationsOptions>().BindConfiguration("Reservations").ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddFeatures(builder.Environment);

var app = builder.Build();
app.UseServiceDefaults();
app.UseIdempotency();

var api = app.MapGroup("/api/v1").AddEndpointFilter<RouteGroupBuilder, RefusalsCounted>();
api.MapFeatures();

return await app.RunVerbAsync<ReservationsDb>(args, new Dictionary<string, Func<IServiceProvider, Task>> { ["demo"] = DemoData.LoadAsync });
