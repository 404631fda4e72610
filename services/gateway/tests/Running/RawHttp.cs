using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Coworking.Gateway.Tests.Running;

/// <summary>An answer as it lay on the wire.</summary>
internal sealed record RawAnswer(int Status, IReadOnlyDictionary<string, string> Headers, string Body, string Rest)
{
    private static readonly string[] Members = ["type", "title", "status", "detail", "code", "statusCode", "error", "message", "traceId"];

    /// <summary>A problem in the shape of the contract, complete, with nothing behind it.</summary>
    internal JsonObject IsProblem(int status, string? code = null)
    {
        Assert.True(status == Status, $"{status} expected, {Status} came: {Body}");
        Assert.Equal("application/problem+json", Headers["content-type"].Split(';')[0]);
        Assert.Equal("nosniff", Headers["x-content-type-options"]);
        Assert.NotEmpty(Headers["x-request-id"]);
        Assert.False(Headers.ContainsKey("server"));
        Assert.Equal("", Rest);
        var problem = JsonNode.Parse(Body)!.AsObject();
        Assert.All(Members, member => Assert.NotEmpty(problem[member]!.ToString()));
        Assert.Equal((status, status), (problem["status"]!.GetValue<int>(), problem["statusCode"]!.GetValue<int>()));
        Assert.Equal(32, problem["traceId"]!.GetValue<string>().Length);

        if (code is not null)
        {
            Assert.Equal(code, problem["code"]!.GetValue<string>());
        }

        return problem;
    }
}

/// <summary>A connection on which anything can be said.</summary>
internal sealed class RawHttp : IDisposable
{
    private readonly TcpClient _client = new();
    private readonly MemoryStream _left = new();

    internal NetworkStream Stream => _client.GetStream();

    internal static async Task<RawHttp> ConnectAsync(RunningGateway gateway)
    {
        var raw = new RawHttp();
        await raw._client.ConnectAsync(gateway.Http.BaseAddress!.Host, gateway.Http.BaseAddress.Port, TestContext.Current.CancellationToken);
        return raw;
    }

    /// <summary>Says it, and reads to the end of the connection, which one side has to ask for.</summary>
    internal static async Task<RawAnswer> SayAsync(RunningGateway gateway, string text)
    {
        using var raw = await ConnectAsync(gateway);
        await raw.SayAsync(text);
        return await raw.LastAsync();
    }

    internal ValueTask SayAsync(string text) => Stream.WriteAsync(Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken);

    /// <summary>The first answer among all that comes until the connection ends.</summary>
    internal async Task<RawAnswer> LastAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(90));

        try
        {
            await Stream.CopyToAsync(_left, limit.Token);
        }
        catch (IOException)
        {
            // Reset, because it did not read all of what it refused.
        }

        return Parse(Encoding.Latin1.GetString(_left.ToArray()));
    }

    public void Dispose()
    {
        _client.Dispose();
        _left.Dispose();
    }

    internal static RawAnswer Parse(string text)
    {
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        Assert.True(end > 0, $"An answer expected, this came: '{text}'");
        var lines = text[..end].Split("\r\n");
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).GroupBy(pair => pair[0].ToLowerInvariant(), pair => pair[1])
            .ToDictionary(group => group.Key, group => string.Join('\n', group));
        var rest = text[(end + 4)..];
        var body = "";

        if (headers.TryGetValue("content-length", out var length))
        {
            var count = int.Parse(length, CultureInfo.InvariantCulture);
            // The length of a HEAD is that of the GET.
            count = Math.Min(count, rest.Length);
            (body, rest) = (rest[..count], rest[count..]);
        }
        else if (headers.ContainsKey("transfer-encoding"))
        {
            while (true)
            {
                var line = rest.IndexOf("\r\n", StringComparison.Ordinal);
                var size = int.Parse(rest[..line], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                body += rest.Substring(line + 2, size);
                rest = rest[(line + 4 + size)..];

                if (size == 0)
                {
                    break;
                }
            }
        }

        return new RawAnswer(int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture), headers, Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(body)), rest);
    }
}
