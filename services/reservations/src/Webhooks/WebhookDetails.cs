using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Coworking.Reservations.Notifications;

namespace Coworking.Reservations.Webhooks;

/// <summary>What an administrator says of a webhook.</summary>
internal sealed record WebhookDetails(string? Url, string[]? Events, string? Description, bool Active = true)
{
    private const int MaxUrl = 2000;

    internal static WebhookDetails Of(Webhook webhook) => new(webhook.Url, webhook.Events, webhook.Description, webhook.Active);

    /// <summary>The details as they will be kept, or everything that is wrong with their form.</summary>
    internal Outcome<WebhookDetails> Check(bool allowHttp)
    {
        var fields = new FieldErrors();
        var details = this with { Url = Address(fields, allowHttp), Events = Names(fields), Description = fields.Text("description", Description, 500) };
        return fields.Refusal is { } refusal ? refusal : details;
    }

    private string Address(FieldErrors fields, bool allowHttp)
    {
        var text = Url?.Trim() ?? "";

        if (text.Length > MaxUrl || text.Any(char.IsControl) || !Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Host.Length == 0 || (url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp))
        {
            fields.Add("url", $"url must be an https address of at most {MaxUrl} characters");
            return text;
        }

        fields.Require(url.Scheme == Uri.UriSchemeHttps || allowHttp, "url", "url must begin with https://");
        fields.Require(url.UserInfo.Length == 0, "url", "url must not contain a user or a password");
        fields.Require(url.Fragment.Length == 0, "url", "url must not contain a fragment");
        return url.AbsoluteUri;
    }

    private string[] Names(FieldErrors fields)
    {
        var names = (Events ?? []).Distinct(StringComparer.Ordinal).ToArray();
        fields.Require(names.Length > 0, "events", "events must name at least one event, or * for all");
        fields.Require(names.All(name => name == "*" || NoticeKinds.Events.Contains(name)), "events", $"events must be * or any of {string.Join(", ", NoticeKinds.Events)}");
        return names;
    }
}
