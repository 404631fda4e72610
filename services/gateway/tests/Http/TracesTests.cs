using System.Diagnostics;
using Coworking.Gateway.Http;
using Coworking.Gateway.Tests.Running;
using Microsoft.AspNetCore.Http;

namespace Coworking.Gateway.Tests.Http;

public sealed class TracesTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private const string Given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Theory]
    [InlineData(Given, true)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", false)]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01", false)]
    [InlineData("<script>", false)]
    [InlineData("", false)]
    public void A_trace_that_can_be_read_is_kept_and_any_other_is_replaced_by_one_that_can(string given, bool kept)
    {
        var trace = Traces.For(With(given));

        Assert.Equal(kept, trace == given);
        Assert.True(ActivityContext.TryParse(trace, traceState: null, out var read));
        Assert.Equal(kept, read.TraceFlags == ActivityTraceFlags.Recorded);
    }

    [Fact]
    public void Two_traces_at_once_are_none() => Assert.NotEqual(Given, Traces.For(With(Given, Given)));

    [Fact]
    public void Made_traces_are_never_the_same() => Assert.Equal(10_000, Enumerable.Range(0, 10_000).Select(_ => Traces.For(With())).Distinct().Count());

    [Fact]
    public async Task The_service_and_the_client_are_told_the_same_trace()
    {
        using var answer = await fixture.Gateway.GetAsync("/api/v1/locations");

        var returned = Assert.Single(answer.Headers.GetValues("traceparent"));
        Assert.Equal(returned.Split('-')[1], (await Echo.OfAsync(answer)).Headers["traceparent"].Split('-')[1]);
    }

    private static DefaultHttpContext With(params string[] given)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.TraceParent = given;
        return context;
    }
}
