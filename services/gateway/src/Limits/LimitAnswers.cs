using System.Globalization;
using Coworking.Hosting.Problems;

namespace Coworking.Gateway.Limits;

/// <summary>What a client is told of his bucket: on a refusal, and on answers once less than half is left. A full one is not worth three headers on each answer.</summary>
internal static class LimitAnswers
{
    private const string Code = "rate_limit.exceeded";

    internal static void Stamp(IHeaderDictionary headers, TokenBucket bucket, long now)
    {
        headers["RateLimit-Limit"] = Text(bucket.Rate.PerMinute);
        headers["RateLimit-Remaining"] = Text(bucket.Remaining(now));
        headers["RateLimit-Reset"] = Text(bucket.Reset(now));
    }

    internal static Task TooManyAsync(HttpContext context, TokenBucket bucket, long now, string what)
    {
        var wait = Text(bucket.RetryAfter(now));
        Stamp(context.Response.Headers, bucket, now);
        context.Response.Headers.RetryAfter = wait;
        return ProblemShape.WriteAsync(context, StatusCodes.Status429TooManyRequests, Code, $"Too many {what}: at most {Text(bucket.Rate.PerMinute)} a minute; try again in {wait} s");
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
