using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Timeout;

namespace Coworking.Reservations.Webhooks.Deliveries;

/// <summary>A delivery on its way.</summary>
internal sealed record WebhookCall(Guid Id, string Url, string Secret, string Event, string Body);

/// <summary>What came of it.</summary>
/// <param name="StatusCode">Null where nobody answered.</param>
/// <param name="Error">Null where it was taken.</param>
internal sealed record WebhookAnswer(int? StatusCode, string? Error)
{
    internal bool IsTaken => Error is null;
}

/// <summary>Calls webhooks: one try, signed, bounded in time and in what it reads. Receivers are strangers, and some mean harm.</summary>
internal sealed class WebhookSender : IDisposable
{
    internal const string DeliveryHeader = "Coworking-Delivery";
    internal const string EventHeader = "Coworking-Event";
    internal const string TimestampHeader = "Coworking-Timestamp";
    internal const string SignatureHeader = "Coworking-Signature";

    private readonly TimeProvider _clock;
    private readonly HttpClient _http;
    private readonly ResiliencePipeline _pipeline;
    private readonly TimeSpan _limit;

    public WebhookSender(SafeTargets targets, IOptions<WebhookOptions> options, TimeProvider clock)
    {
        (_clock, _limit) = (clock, options.Value.Timeout);
        // No clock of ours: a limit on a stranger's time is real time, whatever the deliveries' clock says in a test.
        _pipeline = new ResiliencePipelineBuilder().AddTimeout(_limit).Build();
        _http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = targets.ConnectAsync,
            // A redirect would be followed past the guard's back, and a proxy would connect in its place.
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            MaxResponseHeadersLength = 16,
            MaxResponseDrainSize = 4096,
            // A name that leads elsewhere now is asked again.
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Hexadecimal HMAC-SHA256 of "timestamp.body" under the secret's text.</summary>
    internal static string Sign(string secret, string timestamp, string body) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{timestamp}.{body}")));

    /// <summary>One try. Taken is what was answered with 2xx in time.</summary>
    internal async Task<WebhookAnswer> SendAsync(WebhookCall call, CancellationToken cancellationToken)
    {
        try
        {
            return await _pipeline.ExecuteAsync(async token => await SendOnceAsync(call, token), cancellationToken);
        }
        catch (TimeoutRejectedException)
        {
            return new WebhookAnswer(null, string.Create(CultureInfo.InvariantCulture, $"no answer within {_limit.TotalSeconds:0.#} s"));
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or IOException)
        {
            return new WebhookAnswer(null, e.InnerException is SocketException socket ? socket.Message : e.Message);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<WebhookAnswer> SendOnceAsync(WebhookCall call, CancellationToken cancellationToken)
    {
        var timestamp = _clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, call.Url)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(call.Body)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json", "utf-8") } },
        };
        request.Headers.UserAgent.ParseAdd("Coworking-Webhooks/1");
        request.Headers.Add(DeliveryHeader, call.Id.ToString());
        request.Headers.Add(EventHeader, call.Event);
        request.Headers.Add(TimestampHeader, timestamp);
        request.Headers.Add(SignatureHeader, $"v1={Sign(call.Secret, timestamp, call.Body)}");
        // The headers are the answer: a body, however long, is not read.
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        var status = (int)response.StatusCode;
        return new WebhookAnswer(status, status switch
        {
            >= 200 and <= 299 => null,
            >= 300 and <= 399 => $"answered {status}: redirects are not followed",
            _ => $"answered {status}",
        });
    }
}
