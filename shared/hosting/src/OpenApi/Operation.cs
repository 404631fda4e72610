using System.Diagnostics.CodeAnalysis;
using Coworking.Hosting.Problems;
using Microsoft.AspNetCore.Builder;

namespace Coworking.Hosting.OpenApi;

/// <summary>What the document says of an endpoint beyond what the code says itself. Five lines describe one:</summary>
/// <remarks>
/// <code>
/// internal static readonly Operation Place = new("Books a space for a client")    // summary; the operation id is the handler's class: PlaceBooking
/// {
///     Takes = """{"spaceId":"b6194839-7438-4587-a52e-eeef27d00282", …}""",          // an example of the body, where there is one
///     Gives = Booking,                                                              // an example of the answer, where it has a body
///     Refuses = [BookingRefusals.NotYourEmail, BookingRefusals.OnHold],             // every "no" of the use case: its status, code and sentence are told
///     Query = [Field.Flag("dryRun", "Only judges")],                                // what the handler reads from the query by itself; paging is known
/// };
/// bookings.MapPost("", PlaceBooking.Handle).Described(BookingsDescribed.Place);
/// </code>
/// Schemas come from the handler's types: nested types are named after their owner (ChangeLocation.Request: ChangeLocationRequest), XyzRow becomes Xyz.
/// Bounds stand on the members of requests: [property: Required], [property: StringLength(200, MinimumLength = 1)], [property: Range(-90, 90)],
/// [property: AllowedValues("room", "desk")], [property: Format("uuid")] where the member is text. Members of answers are always there.
/// Roles come from AdminOnly, StaffOnly, RequireRole and AllowAnonymous; what every operation can answer (400, 401, 403, 413, 414, 415, 429, 431,
/// 500, 503, 504) is added here. An endpoint outside the document says ExcludeFromDescription.
/// </remarks>
/// <param name="Summary">A sentence without a full stop, for a person who looks for an operation.</param>
public sealed record Operation(string Summary)
{
    /// <summary>Name for generated clients, where one class handles several addresses; else the class.</summary>
    public string? Id { get; init; }

    /// <summary>What the summary leaves out: rules, order, side effects.</summary>
    public string? Description { get; init; }

    /// <summary>An example of the body, JSON.</summary>
    [StringSyntax(StringSyntaxAttribute.Json)]
    public string? Takes { get; init; }

    /// <summary>An example of the answer: JSON, or text where the answer is of another type.</summary>
    [StringSyntax(StringSyntaxAttribute.Json)]
    public string? Gives { get; init; }

    /// <summary>An example of the answer with status 200, where an operation has another beside its usual one (a dry run).</summary>
    [StringSyntax(StringSyntaxAttribute.Json)]
    public string? GivesToo { get; init; }

    /// <summary>Every refusal of the use case.</summary>
    public IReadOnlyList<Refusal> Refuses { get; init; } = [];

    /// <summary>What the handler reads from the query by itself.</summary>
    public IReadOnlyList<Field> Query { get; init; } = [];

    /// <summary>Headers that the request may carry.</summary>
    public IReadOnlyList<Field> Headers { get; init; } = [];

    /// <summary>The answer carries the version as its ETag.</summary>
    public bool AnswersETag { get; init; }

    /// <summary>The request may say If-Match; a refusal with 412 belongs to it.</summary>
    public bool TakesIfMatch { get; init; }

    /// <summary>Media type of an answer that is not JSON, e.g. text/calendar; its schema is a string.</summary>
    public string? AnswersType { get; init; }

    /// <summary>The answer can be 304, for whoever sends the ETag that he has.</summary>
    public bool AnswersNotModified { get; init; }

    /// <summary>Roles where the handler judges them itself; else they come from the endpoint's authorization.</summary>
    public IReadOnlyList<string>? Roles { get; init; }

    /// <summary>Name of the security scheme of a route that knows callers its own way, e.g. <see cref="OpenApiSetup.DeviceKey"/>; the gateway's for all others.</summary>
    public string? Security { get; init; }
}

/// <summary>Describes endpoints.</summary>
public static class DescribedEndpoints
{
    /// <summary>Puts an endpoint into the document in words.</summary>
    public static TBuilder Described<TBuilder>(this TBuilder route, Operation operation)
        where TBuilder : IEndpointConventionBuilder
    {
        route.Add(endpoint => endpoint.Metadata.Add(operation));
        return route;
    }
}
