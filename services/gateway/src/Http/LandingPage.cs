using Coworking.Gateway.Access;

namespace Coworking.Gateway.Http;

/// <summary>GET /: where a person who typed the address finds the documentation, until there is a console.</summary>
internal static class LandingPage
{
    private static readonly byte[] Html = Read();

    internal static void MapLandingPage(this IEndpointRouteBuilder app) => app
        .MapMethods("/", [HttpMethods.Get, HttpMethods.Head], (HttpContext context) =>
        {
            context.Response.Headers.CacheControl = "public, max-age=300";
            return TypedResults.Bytes(Html, "text/html; charset=utf-8");
        })
        .WithMetadata(RouteAccess.Public)
        .ExcludeFromDescription();

    private static byte[] Read()
    {
        using var resource = typeof(LandingPage).Assembly.GetManifestResourceStream("landing.html")!;
        using var bytes = new MemoryStream();
        resource.CopyTo(bytes);
        return bytes.ToArray();
    }
}
