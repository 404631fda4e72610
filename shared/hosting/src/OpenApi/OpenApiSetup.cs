using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace Coworking.Hosting.OpenApi;

/// <summary>How a service describes itself.</summary>
/// <param name="Service">Its name; every operation carries it as x-coworking-service.</param>
public sealed record OpenApiSettings(string Service)
{
    /// <summary>Adds to what an endpoint says of itself what its service does to many of them, e.g. a header that all POST requests take.</summary>
    public Func<ApiDescription, Operation, Operation> Complete { get; init; } = (_, operation) => operation;

    /// <summary>Who may call an endpoint: public, any, or names of roles. By default from the framework's authorization.</summary>
    public Func<EndpointMetadataCollection, IReadOnlyList<string>> RolesOf { get; init; } = EndpointRoles.Of;
}

/// <summary>The service's part of the document, at /openapi/v1.json: made when it is first asked for, so that it costs a start nothing.</summary>
public static class OpenApiSetup
{
    /// <summary>Where a document lies, at a service and at the gateway.</summary>
    public const string Path = "/openapi/v1.json";

    /// <summary>Security scheme of an API key, in x-api-key.</summary>
    public const string ApiKey = "apiKey";

    /// <summary>Security scheme of an account's access token.</summary>
    public const string Bearer = "bearer";

    /// <summary>Security scheme of a device's key, in x-device-key.</summary>
    public const string DeviceKey = "deviceKey";

    internal const string DocumentName = "v1";

    /// <summary>Registers what makes the document.</summary>
    public static void AddServiceOpenApi(this IServiceCollection services, OpenApiSettings settings)
    {
        services.AddSingleton(settings);
        services.AddSingleton<ServiceDocument>();
        services.AddSingleton<SchemaNames>();
        services.AddOpenApi(DocumentName, options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            options.AddSchemaTransformer(MemberRules.ApplyAsync);
        });
        services.AddOptions<OpenApiOptions>(DocumentName).Configure<SchemaNames>((options, names) => options.CreateSchemaReferenceId = names.Of);
    }

    /// <summary>Maps the address: open to the gateway, which has no identity of its own.</summary>
    public static void MapServiceOpenApi(this IEndpointRouteBuilder app) =>
        app.MapGet(Path, (ServiceDocument document, HttpContext context) => document.WriteAsync(context)).AllowAnonymous().ExcludeFromDescription();
}
