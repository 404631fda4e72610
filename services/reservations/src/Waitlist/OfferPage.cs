using System.Globalization;
using System.Text.Encodings.Web;
using Coworking.Hosting.Problems;

namespace Coworking.Reservations.Waitlist;

/// <summary>
/// What the link of a mail shows. Reading it changes nothing, for programs that look for malice in mails follow every link; only its buttons do, and
/// they work without script.
/// </summary>
internal static class OfferPage
{
    private const string Style = "body{font:16px/1.5 system-ui,sans-serif;max-width:34em;margin:3em auto;padding:0 1em}button{font:inherit;padding:.5em 1.5em;margin-right:1em}";

    // The hash of the style above is all that a browser may obey; frames, scripts and other places to post to are refused.
    private static readonly string Policy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Style)))}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>True where a person's browser asks.</summary>
    internal static bool IsWanted(HttpRequest request) => Accepts(request, "text/html");

    /// <summary>True where a program asks, and says so.</summary>
    internal static bool IsUnwanted(HttpRequest request) => Accepts(request, "application/json") && !Accepts(request, "text/html");

    /// <summary>The offer with its two buttons. Relative addresses: whatever stands before this service's path stays before it.</summary>
    internal static IResult Of(OfferRow offer, string token, HttpContext context) => Html(context, StatusCodes.Status200OK, "A time has become free for you", $"""
        <p><strong>{Text(offer.Space.Name)}</strong>, {Text(offer.LocationName)}<br>{Text(Span(offer))}</p>
        <p>It is held for you until {Text(Wall(offer.HeldUntil, offer.Timezone))}. Then it goes to the next.</p>
        <form method="post" action="{Text(token)}/claim"><button>Take it</button></form>
        <form method="post" action="{Text(token)}/decline"><button>Pass it on</button></form>
        """);

    internal static IResult Claimed(OfferRow offer, HttpContext context) =>
        Html(context, StatusCodes.Status200OK, "It is yours", $"<p><strong>{Text(offer.Space.Name)}</strong>, {Text(offer.LocationName)}<br>{Text(Span(offer))}</p>");

    internal static IResult Declined(HttpContext context) => Html(context, StatusCodes.Status200OK, "Thank you", "<p>The time goes to the next. You stay on the waitlist for other times.</p>");

    internal static IResult Refused(Refusal refusal, HttpContext context) => Html(context, refusal.Status, "Nothing to answer any more", $"<p>{Text(refusal.Message)}.</p>");

    /// <summary>Whoever has the address may answer: it stays out of caches and of other sites' logs.</summary>
    internal static void KeepSecret(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
    }

    private static IResult Html(HttpContext context, int status, string title, string body)
    {
        KeepSecret(context);
        context.Response.Headers.ContentSecurityPolicy = Policy;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return Results.Content(
            $"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>{Text(title)}</title><style>{Style}</style></head>
            <body><h1>{Text(title)}</h1>
            {body}
            </body></html>
            """,
            "text/html; charset=utf-8",
            statusCode: status);
    }

    private static bool Accepts(HttpRequest request, string type) => request.Headers.Accept.ToString().Contains(type, StringComparison.OrdinalIgnoreCase);

    private static string Span(OfferRow offer) => $"{Wall(offer.Start, offer.Timezone)} to {Wall(offer.End, offer.Timezone)}";

    private static string Wall(DateTimeOffset instant, string zone) =>
        TimeZoneInfo.ConvertTime(instant, Http.Zones.Find(zone)).ToString("dddd, d MMMM yyyy, HH:mm", CultureInfo.InvariantCulture) + $" ({zone})";

    private static string Text(string text) => HtmlEncoder.Default.Encode(text);
}
