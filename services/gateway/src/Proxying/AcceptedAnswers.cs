using Coworking.Hosting.Problems;
using Microsoft.Net.Http.Headers;

namespace Coworking.Gateway.Proxying;

/// <summary>406 for who wants nothing that the route gives.</summary>
internal static class AcceptedAnswers
{
    internal static void UseAcceptedAnswers(this IApplicationBuilder proxy) => proxy.Use((HttpContext context, RequestDelegate next) =>
    {
        var accept = context.Request.Headers.Accept;

        // Nearly everyone says one of these, and is not worth a parser.
        if (accept.Count == 0 || (accept.Count == 1 && (accept[0] is null or "" || accept[0]!.Contains("*/*", StringComparison.Ordinal))))
        {
            return next(context);
        }

        var produced = context.GetEndpoint()!.Metadata.GetRequiredMetadata<RouteBounds>().Produces;

        // What cannot be read asks for nothing.
        if (!MediaTypeHeaderValue.TryParseList(accept, out var wanted) || wanted.Any(range => range.Quality is not 0 && produced.Any(type => MediaTypeHeaderValue.Parse(type).IsSubsetOf(Plain(range)))))
        {
            return next(context);
        }

        return ProblemShape.WriteAsync(context, StatusCodes.Status406NotAcceptable, message: $"This address answers with {string.Join(" or ", produced)}");
    });

    // Without parameters: charset and the like are for the service to weigh.
    private static MediaTypeHeaderValue Plain(MediaTypeHeaderValue range) => range.Parameters.Count == 0 ? range : new MediaTypeHeaderValue(range.MediaType);
}
