using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Coworking.Gateway.Accounts.Mails;
using Coworking.Gateway.Database;
using Coworking.Gateway.Http;
using Coworking.Hosting.Problems;
using Microsoft.Net.Http.Headers;

namespace Coworking.Gateway.Accounts;

/// <summary>
/// What the links of mails show. Reading a page changes nothing, for programs that look for malice in mails follow every link; only its button does, and it works without script.
/// </summary>
internal static class MailedPage
{
    private const string Style = "body{font:16px/1.5 system-ui,sans-serif;max-width:34em;margin:3em auto;padding:0 1em}button,input{font:inherit;padding:.5em 1em}";
    private const int MaxForm = 4 * 1024;
    private const string FormType = "application/x-www-form-urlencoded";

    private static readonly Refusal NotAForm = new(StatusCodes.Status415UnsupportedMediaType, "request.unsupported_media_type", $"This takes {FormType}");
    private static readonly Refusal BadForm = new(StatusCodes.Status400BadRequest, ProblemShape.InvalidRequest, "This is no form that a page of ours sends");

    // The hash of the style above is all that a browser may obey; frames, scripts and other places to post to are refused.
    private static readonly string Policy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>Says whose registration is confirmed: anybody may have registered the address, and its owner would hand over what is booked under it.</summary>
    internal static async Task<IResult> Verify(HttpContext context, GatewayDb db, TimeProvider clock, CancellationToken cancellationToken)
    {
        var token = context.Request.Query["token"].ToString();

        if (!SecretText.TryHash(token, out var hash) || await db.NameBehindAsync(AccountMailKinds.VerifyEmail, hash, clock.GetUtcNow(), cancellationToken) is not { } name)
        {
            return Refused(context, AccountRefusals.InvalidToken);
        }

        return Html(context, StatusCodes.Status200OK, "Confirm your e-mail address", $"""
            <p>Somebody who gave the first name “{Text(name)}” registered an account with this e-mail address. Confirm only if that was you: whoever registered sees what is booked under the address then.
            If it was not you, close this page, and register yourself if you like.</p>
            <form method="post" action="/api/v1/auth/verify-email/form"><input type="hidden" name="token" value="{Text(token)}"><button>It was me: confirm</button></form>
            """);
    }

    internal static IResult Reset(HttpContext context) => ChoosePassword(context, context.Request.Query["token"].ToString(), wrong: null);

    internal static IResult ChoosePassword(HttpContext context, string token, Refusal? wrong) => Html(context, wrong?.Status ?? StatusCodes.Status200OK, "Choose a new password", $"""
        <p>{Text(wrong?.Message ?? $"It {Passwords.Rule}")}.</p>
        <form method="post" action="/api/v1/auth/reset-password/form"><input type="hidden" name="token" value="{Text(token)}">
        <input type="password" name="newPassword" autocomplete="new-password" minlength="{Passwords.MinLength}" maxlength="{Passwords.MaxLength}" required> <button>Change it</button></form>
        """);

    internal static IResult Done(HttpContext context, string sentence) => Html(context, StatusCodes.Status200OK, "Thank you", $"<p>{Text(sentence)}.</p>");

    internal static IResult Refused(HttpContext context, Refusal refusal) => Html(context, refusal.Status, "This did not work", $"<p>{Text(refusal.Message)}.</p>");

    /// <summary>The form that a page posted, null where nothing came or too much; or the answer to what is no form of ours.</summary>
    internal static async Task<(IFormCollection? Form, IResult? Refused)> FormAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var request = context.Request;

        // Multipart has limits and failures of its own, and no page of ours sends it.
        if (!string.IsNullOrEmpty(request.ContentType)
            && (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !type.MediaType.Equals(FormType, StringComparison.OrdinalIgnoreCase)))
        {
            return (null, Refused(context, NotAForm));
        }

        try
        {
            return (request is { HasFormContentType: true, ContentLength: <= MaxForm } ? await request.ReadFormAsync(cancellationToken) : null, null);
        }
        catch (InvalidDataException)
        {
            return (null, Refused(context, BadForm));
        }
    }

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
