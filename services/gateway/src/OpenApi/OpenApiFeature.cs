using Coworking.Gateway.Access;
using Coworking.Hosting.OpenApi;
using Swashbuckle.AspNetCore.SwaggerUI;

namespace Coworking.Gateway.OpenApi;

/// <summary>/openapi/v1.json, one document of all services, and /docs, a page that reads it.</summary>
internal static class OpenApiFeature
{
    private static readonly Operation Read = new("Reads this document")
    {
        Id = "GetOpenApi",
        Description = "One OpenAPI document of all services. If-None-Match is answered with 304.",
        AnswersType = "application/json",
        AnswersNotModified = true,
        AnswersETag = true,
        Gives = """{"openapi":"3.1.1"}""",
        Headers = [Field.Of("If-None-Match", "The ETag that was read last")],
    };

    internal static void AddGatewayOpenApi(this IServiceCollection services)
    {
        services.AddServiceOpenApi(new OpenApiSettings(ServiceParts.Own) { RolesOf = GatewayRoles.Of });
        services.AddSingleton<ServiceParts>();
        services.AddSingleton<RoutedPaths>();
        services.AddSingleton<MergedDocument>();
    }

    internal static void MapGatewayOpenApi(this WebApplication app)
    {
        app.MapGet(OpenApiSetup.Path, (MergedDocument document, HttpContext context) => document.WriteAsync(context))
            .WithMetadata(RouteAccess.Public).WithTags("Documentation").Described(Read);
        app.MapMethods("/docs/{**rest}", [HttpMethods.Get, HttpMethods.Head], Page(app)).WithMetadata(RouteAccess.Public).ExcludeFromDescription();
    }

    private static RequestDelegate Page(IApplicationBuilder app)
    {
        var page = app.New();
        page.Use((HttpContext context, RequestDelegate next) =>
        {
            // Whoever serves files leaves requests alone that an endpoint has.
            context.SetEndpoint(null);
            return next(context);
        });
        page.UseSwaggerUI(options =>
        {
            options.RoutePrefix = "docs";
            options.DocumentTitle = "Coworking API";
            options.SwaggerEndpoint(OpenApiSetup.Path, "Coworking");
            options.DisplayRequestDuration();
            options.DocExpansion(DocExpansion.None);
            options.DefaultModelsExpandDepth(-1);
        });
        return page.Build();
    }
}
