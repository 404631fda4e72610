using Coworking.Hosting;
using Coworking.Reservations;
using Coworking.Reservations.Availability;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.CheckIns;
using Coworking.Reservations.CalendarFeeds;
using Coworking.Reservations.Database;
using Coworking.Reservations.Demo;
using Coworking.Reservations.Http;
using Coworking.Reservations.Idempotency;
using Coworking.Reservations.Locations;
using Coworking.Reservations.Messaging;
using Coworking.Reservations.Notifications;
using Coworking.Reservations.OfficeHours;
using Coworking.Reservations.Policies;
using Coworking.Reservations.Series;
using Coworking.Reservations.Spaces;
using Coworking.Reservations.Waitlist;
using Coworking.Reservations.Webhooks;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults<ReservationsDb>("reservations", ReservationsDb.Schema);
// The longest text of a request has 2,000 characters; a larger body is a mistake or an attack.
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = 256 * 1024);
builder.Services.AddOptions<ReservationsOptions>().BindConfiguration("Reservations").ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddSingleton<ReservationsMetrics>();
builder.Services.AddBus();
builder.Services.AddLocations();
builder.Services.AddSpaces();
builder.Services.AddBookings();
builder.Services.AddCheckIns();
builder.Services.AddWaitlist();
builder.Services.AddIdempotency();
builder.Services.AddNotifications();
builder.Services.AddWebhooks(builder.Environment);

var app = builder.Build();
app.UseServiceDefaults();
app.UseIdempotency();

var api = app.MapGroup("/api/v1").AddEndpointFilter<RouteGroupBuilder, RefusalsCounted>();
api.MapLocations();
api.MapSpaces();
api.MapOfficeHours();
api.MapBookings();
api.MapCheckIns();
api.MapSeries();
api.MapWaitlist();
api.MapAvailability();
api.MapCalendarFeeds();
api.MapPolicies();
api.MapWebhooks();
api.MapRepublish();

return await app.RunVerbAsync<ReservationsDb>(args, new Dictionary<string, Func<IServiceProvider, Task>> { ["demo"] = DemoData.LoadAsync });
