using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Coworking.Hosting.Problems;

namespace Coworking.Gateway.Accounts;

/// <summary>
/// What the links of mails show. Reading a page changes nothing, for programs that look for malice in mails follow every link; only its button does, and it works without script.
/// </summary>
internal static class MailedPage
{
    private const string Style = "body{font:16px/1.5 system-ui,sans-serif;max-width:34em;margin:3em auto;padding:0 1em}button,input{font:inherit;padding:.5em 1em}";
    private const int MaxForm = 4 * 1024;

    // The hash of the style above is all that a browser may obey; frames, scripts and other places to post to are refused.
    private static readonly string Policy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    internal static IResult Verify(HttpContext context) => Html(context, StatusCodes.Status200OK, "Confirm your e-mail address", $"""
        <form method="post" action="/api/v1/auth/verify-email/form"><input type="hidden" name="token" value="{Text(context.Request.Query["token"].ToString())}"><button>Confirm</button></form>
        """);

    internal static IResult Reset(HttpContext context) => ChoosePassword(context, context.Request.Query["token"].ToString(), wrong: null);

    internal static IResult ChoosePassword(HttpContext context, string token, Refusal? wrong) => Html(context, wrong?.Status ?? StatusCodes.Status200OK, "Choose a new password", $"""
        <p>{Text(wrong?.Message ?? $"It {Passwords.Rule}")}.</p>
        <form method="post" action="/api/v1/auth/reset-password/form"><input type="hidden" name="token" value="{Text(token)}">
        <input type="password" name="newPassword" autocomplete="new-password" minlength="{Passwords.MinLength}" maxlength="{Passwords.MaxLength}" required> <button>Change it</button></form>
        """);

    internal static IResult Done(HttpContext context, string sentence) => Html(context, StatusCodes.Status200OK, "Thank you", $"<p>{Text(sentence)}.</p>");

    internal static IResult Refused(HttpContext context, Refusal refusal) => Html(context, refusal.Status, "This did not work", $"<p>{Text(refusal.Message)}.</p>");

    /// <summary>The form that a page posted; null where something else came.</summary>
    internal static async Task<IFormCollection?> FormAsync(HttpContext context, CancellationToken cancellationToken) =>
        context.Request is { HasFormContentType: true, ContentLength: <= MaxForm } request ? await request.ReadFormAsync(cancellationToken) : null;

    private static IResult Html(HttpContext context, int status, string title, string body)
    {
        // Whoever has the address may do what its owner may: it stays out of caches and of other sites' logs.
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        context.Response.Headers.ContentSecurityPolicy = Policy;
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

    private static string Text(string text) => HtmlEncoder.Default.Encode(text);
}
