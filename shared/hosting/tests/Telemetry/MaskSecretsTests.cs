using System.Diagnostics;
using Coworking.Hosting.Http;
using Coworking.Hosting.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace Coworking.Hosting.Tests.Telemetry;

public sealed class MaskSecretsTests
{
    [Theory]
    [InlineData("/api/v1/waitlist/offers/s3cret", "/api/v1/waitlist/offers/…")]
    [InlineData("/api/v1/Waitlist/Offers/s3cret/claim", "/api/v1/Waitlist/Offers/…/claim")]
    [InlineData("http://reservations:8080/api/v1/waitlist/offers/s3cret/claim?a=b", "http://reservations:8080/api/v1/waitlist/offers/…/claim?a=b")]
    [InlineData("https://x.example/api/v1/calendar.ics?a=b&token=s3cret&c=d#e", "https://x.example/api/v1/calendar.ics?a=b&token=…&c=d#e")]
    [InlineData("token=s3cret", "token=…")]
    [InlineData("?Key=s3cret", "?Key=…")]
    [InlineData("/api/v1/waitlist/offers", "/api/v1/waitlist/offers")]
    [InlineData("/api/v1/bookings/4?monkey=1", "/api/v1/bookings/4?monkey=1")]
    public void An_address_is_told_without_its_secret(string address, string told) => Assert.Equal(told, Secrets.Masked(address));

    [Fact]
    public void A_span_reaches_its_exporter_without_the_secret_of_its_address()
    {
        using var source = new ActivitySource("Coworking.MaskSecretsTests");
        using var exported = new Exported(source.Name);
        using var provider = TelemetrySetup.Traces().AddProcessor(exported).Build();

        using (var span = source.StartActivity("POST"))
        {
            Assert.NotNull(span);
            span.SetTag("url.path", "/api/v1/waitlist/offers/s3cret/claim");
            span.SetTag("url.query", "?token=s3cret");
            span.SetTag("url.full", new Uri("http://reservations/api/v1/waitlist/offers/s3cret/claim"));
            span.SetTag("http.request.method", "POST");
        }

        var tags = Assert.Single(exported.Tags);
        Assert.Equal("/api/v1/waitlist/offers/…/claim", tags["url.path"]);
        Assert.Equal("POST", tags["http.request.method"]);
        Assert.DoesNotContain(tags.Values, value => value.Contains("s3cret", StringComparison.Ordinal));
    }

    /// <summary>Stands where the exporter does: behind what the service has set up.</summary>
    private sealed class Exported(string source) : BaseProcessor<Activity>
    {
        internal List<Dictionary<string, string>> Tags { get; } = [];

        public override void OnEnd(Activity data)
        {
            // Other tests trace at the same time.
            if (data.Source.Name == source)
            {
                Tags.Add(data.TagObjects.ToDictionary(tag => tag.Key, tag => tag.Value?.ToString() ?? ""));
            }
        }
    }
}
