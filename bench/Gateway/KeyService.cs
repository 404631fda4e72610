using System.Collections.Frozen;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Coworking.Bench;

/// <summary>What P8's nginx asks about keys: 204 for a key that it knows by its hash, 401 for the others, from memory.</summary>
internal static class KeyService
{
    public const string Verb = "key-service";

    public static async Task<int> RunAsync(int port, string key)
    {
        var known = new HashSet<string> { Hash(key) }.ToFrozenSet(StringComparer.Ordinal);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseUrls(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        var app = builder.Build();
        app.Run(context =>
        {
            context.Response.StatusCode = known.Contains(Hash(context.Request.Headers["x-api-key"].ToString())) ? StatusCodes.Status204NoContent : StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        });
        await app.RunAsync();
        return 0;
    }

    private static string Hash(string key) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
