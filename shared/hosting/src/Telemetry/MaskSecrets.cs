using System.Diagnostics;
using Coworking.Hosting.Http;
using OpenTelemetry;

namespace Coworking.Hosting.Telemetry;

/// <summary>Takes secrets out of the addresses of spans, before they are exported: goes in front of the exporter.</summary>
internal sealed class MaskSecrets : BaseProcessor<Activity>
{
    // As semantic conventions name addresses, before and since they were made stable.
    private static readonly string[] Addresses = ["url.path", "url.query", "url.full", "http.target", "http.url"];

    public override void OnEnd(Activity data)
    {
        foreach (var name in Addresses)
        {
            if (data.GetTagItem(name) is { } address && address.ToString() is { } text)
            {
                data.SetTag(name, Secrets.Masked(text));
            }
        }
    }
}
