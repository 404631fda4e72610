using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Coworking.Hosting.Problems;

/// <summary>A "no" of the business: a value, not an exception.</summary>
/// <param name="Status">HTTP status, 400..499.</param>
/// <param name="Code">Stable and dotted, e.g. booking.slot_taken; clients match on it.</param>
/// <param name="Message">One sentence for a person.</param>
public sealed record Refusal(int Status, string Code, string Message)
{
    /// <summary>Field (camelCase, as in the request) to messages, where fields are at fault.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    /// <summary>More members for the problem, e.g. alternatives.</summary>
    public IReadOnlyDictionary<string, object?>? Extensions { get; init; }

    /// <summary>A refusal for one field of the request: 400.</summary>
    /// <param name="field">Name of the field as in the request.</param>
    /// <param name="message">One sentence that says what is wrong with it.</param>
    public static Refusal Field(string field, string message) =>
        new(StatusCodes.Status400BadRequest, ProblemShape.InvalidRequest, message)
        {
            Errors = new Dictionary<string, string[]> { [field] = [message] },
        };

    /// <summary>The refusal as application/problem+json in the shape of the public contract.</summary>
    public ProblemHttpResult ToProblem()
    {
        var problem = new Microsoft.AspNetCore.Mvc.ProblemDetails { Status = Status, Detail = Message };
        problem.Extensions["code"] = Code;

        if (Errors is not null)
        {
            problem.Extensions["errors"] = Errors;
        }

        foreach (var (name, value) in Extensions ?? new Dictionary<string, object?>())
        {
            problem.Extensions[name] = value;
        }

        ProblemShape.Complete(problem, Activity.Current?.TraceId.ToString());
        return TypedResults.Problem(problem);
    }
}
