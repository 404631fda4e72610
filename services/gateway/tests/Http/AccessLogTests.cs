using Coworking.Gateway.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Coworking.Gateway.Tests.Http;

public sealed class AccessLogTests
{
    [Fact]
    public async Task A_line_tells_the_request_and_no_secret_of_it()
    {
        var lines = new Lines(LogLevel.Information);

        await RequestAsync(lines);

        var line = Assert.Single(lines.Written);
        Assert.StartsWith("GET /api/v1/iot/stream 204 in ", line, StringComparison.Ordinal);
        Assert.EndsWith("request one", line, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_that_stands_in_the_path_stays_out_of_it()
    {
        var lines = new Lines(LogLevel.Information);

        await RequestAsync(lines, "/api/v1/Waitlist/offers/secret/claim");

        Assert.StartsWith("GET /api/v1/waitlist/offers/… 204 in ", Assert.Single(lines.Written), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_break_in_the_address_begins_no_line()
    {
        var lines = new Lines(LogLevel.Information);

        await RequestAsync(lines, "/a\r\nGET /b 200\u001b[2J");

        Assert.StartsWith("GET /a%0D%0AGET%20/b%20200%1B%5B2J 204 in ", Assert.Single(lines.Written), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_written_unless_it_is_asked_for()
    {
        var lines = new Lines(LogLevel.Warning);

        await RequestAsync(lines);

        Assert.Empty(lines.Written);
    }

    private static Task RequestAsync(Lines lines, string path = "/api/v1/iot/stream")
    {
        var context = new DefaultHttpContext { TraceIdentifier = "one", Request = { Method = "GET", Path = path, QueryString = new QueryString("?key=secret") } };
        context.Request.Headers["x-api-key"] = "secret";
        var log = new AccessLog(
            inner =>
            {
                inner.Response.StatusCode = 204;
                return Task.CompletedTask;
            },
            lines,
            TimeProvider.System);
        return log.InvokeAsync(context);
    }

    private sealed class Lines(LogLevel level) : ILogger<AccessLog>
    {
        internal List<string> Written { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= level;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Written.Add(formatter(state, exception));
    }
}
