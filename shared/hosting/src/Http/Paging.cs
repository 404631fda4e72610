using Coworking.Hosting.Problems;
using Microsoft.AspNetCore.Http;

namespace Coworking.Hosting.Http;

/// <summary>A list answer: {"data":[…],"meta":{page,pageSize,total,totalPages}}.</summary>
/// <typeparam name="T">A row.</typeparam>
/// <param name="Data">The rows of this page; empty past the end.</param>
/// <param name="Meta">Where the page stands.</param>
public sealed record Page<T>(IReadOnlyList<T> Data, PageMeta Meta);

/// <summary>Where a page stands in its list.</summary>
/// <param name="Page">From 1.</param>
/// <param name="PageSize">1..100.</param>
/// <param name="Total">Rows in all pages.</param>
/// <param name="TotalPages">0 for an empty list.</param>
public sealed record PageMeta(int Page, int PageSize, long Total, long TotalPages);

/// <summary>?page= and ?pageSize= of a list request, bound from the query. A value out of range is a 400, not a guess.</summary>
/// <param name="Number">From 1, default 1.</param>
/// <param name="Size">1..100, default 10.</param>
public sealed record PageRequest(int Number, int Size)
{
    /// <summary>Rows before this page.</summary>
    public long Offset => (long)(Number - 1) * Size;

    /// <summary>Makes the answer for rows that were read for this page.</summary>
    public Page<T> Of<T>(IReadOnlyList<T> rows, long total) => new(rows, new PageMeta(Number, Size, total, (total + Size - 1) / Size));

    /// <summary>Binds from the query string.</summary>
    /// <exception cref="BadHttpRequestException">A value is no number or out of range.</exception>
    public static ValueTask<PageRequest> BindAsync(HttpContext context) => ValueTask.FromResult(new PageRequest(
        QueryValues.WholeNumber(context.Request.Query, "page", 1, int.MaxValue) ?? 1,
        QueryValues.WholeNumber(context.Request.Query, "pageSize", 1, 100) ?? 10));
}

/// <summary>Reads query values and says what is wrong with them.</summary>
public static class QueryValues
{
    /// <summary>A whole number within bounds; null where absent or empty.</summary>
    /// <exception cref="BadHttpRequestException">It is no number or out of bounds.</exception>
    public static int? WholeNumber(IQueryCollection query, string name, int min, int max)
    {
        var text = query[name].ToString();

        if (text.Length == 0)
        {
            return null;
        }

        return int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new RefusedRequestException(Refusal.Field(name, max == int.MaxValue ? $"{name} must be a whole number of at least {min}" : $"{name} must be a whole number from {min} to {max}"));
    }

    /// <summary>A UUID; null where absent or empty.</summary>
    /// <exception cref="BadHttpRequestException">It is no UUID.</exception>
    public static Guid? Uuid(IQueryCollection query, string name)
    {
        var text = query[name].ToString();
        return text.Length == 0 ? null : Guid.TryParseExact(text, "D", out var id) ? id : throw new RefusedRequestException(Refusal.Field(name, $"{name} must be a valid UUID"));
    }

    /// <summary>A calendar day YYYY-MM-DD, or the UTC date of an instant; null where absent or empty.</summary>
    /// <exception cref="BadHttpRequestException">It is neither.</exception>
    public static DateOnly? Day(IQueryCollection query, string name)
    {
        var text = query[name].ToString();

        if (text.Length == 0)
        {
            return null;
        }

        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", out var day))
        {
            return day;
        }

        return Json.InstantConverter.TryParse(text, out var instant)
            ? DateOnly.FromDateTime(instant.UtcDateTime)
            : throw new RefusedRequestException(Refusal.Field(name, $"{name} must be a date, e.g. 2026-01-31"));
    }

    /// <summary>One of some words, compared without case and answered as listed; null where absent or empty.</summary>
    /// <exception cref="BadHttpRequestException">It is none of them.</exception>
    public static string? Word(IQueryCollection query, string name, IReadOnlyCollection<string> words)
    {
        var text = query[name].ToString();
        return text.Length == 0
            ? null
            : words.FirstOrDefault(word => string.Equals(word, text, StringComparison.OrdinalIgnoreCase))
                ?? throw new RefusedRequestException(Refusal.Field(name, $"{name} must be one of {string.Join(", ", words)}"));
    }

    /// <summary>true or false; null where absent or empty.</summary>
    /// <exception cref="BadHttpRequestException">It is neither.</exception>
    public static bool? Flag(IQueryCollection query, string name) => Word(query, name, ["true", "false"]) is { } word ? word == "true" : null;
}

/// <summary>A refusal found while binding, before a handler could return it.</summary>
/// <param name="refusal">What to answer.</param>
public sealed class RefusedRequestException(Refusal refusal) : BadHttpRequestException(refusal.Message, refusal.Status)
{
    /// <summary>What to answer.</summary>
    public Refusal Refusal { get; } = refusal;
}
