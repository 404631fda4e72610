using Coworking.Hosting;
using Coworking.IotIngest.Alerts;
using Coworking.IotIngest.Dashboard;
using Coworking.IotIngest.Database;
using Coworking.IotIngest.Demo;
using Coworking.IotIngest.Devices;
using Coworking.IotIngest.Ingest;
using Coworking.IotIngest.Live;
using Coworking.IotIngest.Messaging;
using Coworking.IotIngest.Occupancy;
using Coworking.IotIngest.Rejections;
using Coworking.IotIngest.Reports;
using Coworking.IotIngest.Rollups;
using Coworking.IotIngest.Twins;
using Coworking.IotIngest.Windows;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults<IotDb>("iot-ingest", IotDb.Schema);
builder.Services.AddLive();
builder.Services.AddTwins();
builder.Services.AddOccupancy();
builder.Services.AddAlerts();
builder.Services.AddRollups();
builder.Services.AddReports();
builder.Services.AddBus();
builder.Services.AddDevices();
builder.Services.AddRejections();
builder.Services.AddIngest(builder.Configuration);

var app = builder.Build();
app.UseServiceDefaults();

var api = app.MapGroup("/api/v1").AddEndpointFilter(OnceMore.AfterRivalryAsync);
api.MapWindows();
api.MapAlerts();
api.MapTwins();
api.MapOccupancy();
api.MapLive();
api.MapRejections();
api.MapDevices();
api.MapDashboard();
api.MapReports();

return await app.RunVerbAsync<IotDb>(args, new Dictionary<string, Func<IServiceProvider, Task>> { ["demo"] = DemoData.LoadAsync });

/// <summary>Named so that tests can host the service.</summary>
public sealed partial class Program;
