using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Coworking.Hosting.Settings;

/// <summary>Settings with which a service does not start, each as one line that names it. A line never quotes what may hold a password.</summary>
public static partial class StartRefusals
{
    private sealed record StartRefusal(string Line);

    /// <summary>The start will be refused with this line, after the container has been built.</summary>
    internal static void RefuseStart(this IServiceCollection services, string line) => services.AddSingleton(new StartRefusal(line));

    /// <summary>Refuses addresses that the framework would answer with a stack trace, or would pass over in silence.</summary>
    /// <param name="services">The container.</param>
    /// <param name="configuration">Read once, at start.</param>
    public static void RefuseAddresses(this IServiceCollection services, IConfiguration configuration)
    {
        foreach (var url in (configuration["urls"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!IsBinding(url))
            {
                services.RefuseStart($"ASPNETCORE_URLS holds '{url}', which is no address to listen on, e.g. http://0.0.0.0:8080");
            }
        }

        if (configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 } endpoint && !(Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
        {
            services.RefuseStart("OTEL_EXPORTER_OTLP_ENDPOINT is no http URL, e.g. http://collector:4317");
        }
    }

    /// <summary>The first line for which the service does not start; null where it may.</summary>
    internal static string? First(IServiceProvider services)
    {
        if (services.GetServices<StartRefusal>().FirstOrDefault() is { } refusal)
        {
            return refusal.Line;
        }

        try
        {
            // What the host would do itself, and then log with a stack trace.
            services.GetService<IStartupValidator>()?.Validate();
            return null;
        }
        catch (OptionsValidationException e)
        {
            return OneLine(string.Join("; ", e.Failures));
        }
        catch (AggregateException e) when (e.InnerExceptions.All(inner => inner is OptionsValidationException))
        {
            return OneLine(string.Join("; ", e.InnerExceptions.Cast<OptionsValidationException>().SelectMany(inner => inner.Failures)));
        }
        catch (InvalidOperationException e) when (e.InnerException is not null)
        {
            // A text that is no number, duration or the like; the binder names the key and quotes the value, which is taken out.
            return OneLine(QuotedValue().Replace(e.Message, "value at '"));
        }
    }

    private static bool IsBinding(string url)
    {
        try
        {
            return BindingAddress.Parse(url).Scheme is "http" or "https";
        }
        catch (FormatException)
        {
            return false;
        }
    }

    [GeneratedRegex("value '.*' at '", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex QuotedValue();

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
