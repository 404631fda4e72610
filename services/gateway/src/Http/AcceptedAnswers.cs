using Coworking.Hosting.Problems;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Coworking.Gateway.Http;

/// <summary>406 for who wants nothing that an address gives.</summary>
internal static class AcceptedAnswers
{
    /// <summary>Media types of what the gateway answers itself; the endpoint's own word goes before that of its group.</summary>
    internal sealed record Given(params string[] Types);

    /// <summary>For the routes to services, which know what they give.</summary>
    internal static void UseAcceptedAnswers(this IApplicationBuilder proxy, Func<Endpoint, IReadOnlyList<string>> given) => proxy.Use((HttpContext context, RequestDelegate next) =>
        Suits(context.Request.Headers.Accept, given(context.GetEndpoint()!), out var types)
            ? next(context)
            : ProblemShape.WriteAsync(context, StatusCodes.Status406NotAcceptable, message: Message(types)));

    /// <summary>For a group of the gateway's own endpoints, each of which has a <see cref="Given"/>.</summary>
    internal static RouteGroupBuilder WithAcceptedAnswers(this RouteGroupBuilder own) => own.AddEndpointFilter((invocation, next) =>
        Suits(invocation.HttpContext.Request.Headers.Accept, invocation.HttpContext.GetEndpoint()!.Metadata.GetRequiredMetadata<Given>().Types, out var types)
            ? next(invocation)
            : ValueTask.FromResult<object?>(new Refusal(StatusCodes.Status406NotAcceptable, "request.not_acceptable", Message(types)).ToProblem()));

    private static bool Suits(StringValues accept, IReadOnlyList<string> types, out IReadOnlyList<string> given)
    {
        given = types;
        // Nearly everyone says one of these, and is not worth a parser. What cannot be read asks for nothing.
        return accept.Count == 0 || (accept.Count == 1 && (accept[0] is null or "" || accept[0]!.Contains("*/*", StringComparison.Ordinal)))
            || !MediaTypeHeaderValue.TryParseList(accept, out var wanted)
            || wanted.Any(range => range.Quality is not 0 && types.Any(type => MediaTypeHeaderValue.Parse(type).IsSubsetOf(Plain(range))));
    }

    private static string Message(IReadOnlyList<string> types) => $"This address answers with {string.Join(" or ", types)}";

    // Without parameters: charset and the like are for the service to weigh.
    private static MediaTypeHeaderValue Plain(MediaTypeHeaderValue range) => range.Parameters.Count == 0 ? range : new MediaTypeHeaderValue(range.MediaType);
}
