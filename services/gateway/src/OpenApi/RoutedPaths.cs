using Coworking.Gateway.Proxying;
using Microsoft.AspNetCore.Routing.Template;
using Yarp.ReverseProxy.Configuration;

namespace Coworking.Gateway.OpenApi;

/// <summary>Which service answers at a path, by the same routes that requests go by.</summary>
internal sealed class RoutedPaths(IProxyConfigProvider proxy)
{
    private readonly Lazy<List<Route>> _routes = new(() => [.. proxy.GetConfig().Routes.Select(Route.Of).OrderBy(route => route.Precedence)]);

    private sealed record Route(string Cluster, TemplateMatcher Matcher, decimal Precedence)
    {
        internal static Route Of(RouteConfig route)
        {
            var template = TemplateParser.Parse(route.Match.Path!.TrimStart('/'));
            // The stream has a cluster of its own, with the same service behind it.
            var cluster = route.ClusterId == Routes.StreamCluster ? Routes.StreamedCluster : route.ClusterId!;
            return new(cluster, new TemplateMatcher(template, []), RoutePrecedence.ComputeInbound(template));
        }
    }

    /// <summary>The service; null where nothing is routed.</summary>
    /// <param name="path">As documents write it, e.g. /api/v1/spaces/{id}.</param>
    internal string? ServiceOf(string path)
    {
        // Any value does in the place of a parameter: no literal segment of ours looks like it.
        var sample = new PathString(path.Replace('{', '_').Replace('}', '_'));
        return _routes.Value.Find(route => route.Matcher.TryMatch(sample, []))?.Cluster;
    }
}
