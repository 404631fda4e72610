using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Coworking.Hosting.OpenApi;

/// <summary>Types of bodies that a handler reads or writes by itself: for the document alone, they change nothing about what is taken.</summary>
public static class DescribedBodies
{
    private const string Json = "application/json";

    /// <summary>The body is one of these types.</summary>
    public static RouteHandlerBuilder TakesBody(this RouteHandlerBuilder route, params Type[] types) =>
        route.AddOpenApiOperationTransformer(async (operation, context, cancellationToken) => operation.RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType> { [Json] = new() { Schema = await SchemaAsync(types, context, cancellationToken) } },
        });

    /// <summary>The answer is one of these types.</summary>
    public static RouteHandlerBuilder AnswersBody(this RouteHandlerBuilder route, int status, params Type[] types) =>
        route.AddOpenApiOperationTransformer(async (operation, context, cancellationToken) =>
            Contents(operation, status)[Json] = new OpenApiMediaType { Schema = await SchemaAsync(types, context, cancellationToken) });

    /// <summary>The answer may also be text of this media type, where Accept names it.</summary>
    public static RouteHandlerBuilder AlsoAnswersText(this RouteHandlerBuilder route, int status, string mediaType) =>
        route.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            Contents(operation, status)[mediaType] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
            return Task.CompletedTask;
        });

    private static IDictionary<string, OpenApiMediaType> Contents(OpenApiOperation operation, int status) =>
        ((OpenApiResponse)operation.Responses![status.ToString(CultureInfo.InvariantCulture)]).Content ??= new Dictionary<string, OpenApiMediaType>();

    private static async Task<IOpenApiSchema> SchemaAsync(Type[] types, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var schemas = new List<IOpenApiSchema>();

        foreach (var type in types)
        {
            schemas.Add(await context.GetOrCreateSchemaAsync(type, parameterDescription: null, cancellationToken));
        }

        return schemas is [var only] ? only : new OpenApiSchema { OneOf = schemas };
    }
}
