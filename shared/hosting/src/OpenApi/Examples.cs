using System.Diagnostics.CodeAnalysis;

namespace Coworking.Hosting.OpenApi;

/// <summary>Makes examples of examples.</summary>
public static class Examples
{
    /// <summary>A page that holds one row.</summary>
    /// <param name="row">JSON.</param>
    public static string Page([StringSyntax(StringSyntaxAttribute.Json)] string row) =>
        $$$"""{"data":[{{{row}}}],"meta":{"page":1,"pageSize":10,"total":1,"totalPages":1}}""";

    /// <summary>A list that is no page and holds one row.</summary>
    /// <param name="row">JSON.</param>
    public static string List([StringSyntax(StringSyntaxAttribute.Json)] string row) => $"[{row}]";

    /// <summary>An object with more members.</summary>
    /// <param name="row">JSON of an object.</param>
    /// <param name="more">Members, without braces.</param>
    public static string With([StringSyntax(StringSyntaxAttribute.Json)] string row, string more) => $"{row.TrimEnd()[..^1]},{more}}}";
}
