using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Coworking.Local;

/// <summary>Mosquitto's dynamic-security plugin: where it lies, and the file it begins with.</summary>
internal static class DynamicSecurity
{
    internal const string Username = "iot-ingest";
    internal const string File = "dynamic-security.json";
    internal const string PluginInImage = $"/usr/lib/{Library}";

    private const string Library = "mosquitto_dynamic_security.so";

    // What the plugin takes for its own passwords (Mosquitto 2.0); ours is random, so that more rounds would protect nothing.
    private const int Iterations = 101;

    private static readonly string[] Folders = ["/usr/lib", "/usr/local/lib", "/opt/homebrew/lib"];
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private static readonly string[] Heard = ["$CONTROL/dynamic-security/#", "sites/+/offices/+/telemetry", "sites/+/offices/+/reported"];

    /// <summary>The installed plugin; throws where it is not there.</summary>
    internal static string Plugin() =>
        Folders.Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateDirectories(folder, "*-linux-gnu*").Prepend(folder))
            .Select(folder => Path.Combine(folder, Library)).FirstOrDefault(System.IO.File.Exists)
        ?? throw new InvalidOperationException($"Mosquitto's plugin {Library} is not installed");

    /// <summary>Writes the file where it is missing, with the one account that iot-ingest needs; its password, which stays the same when only the file is lost.</summary>
    internal static string Prepare(DataFolder data)
    {
        var password = SecretFile.Keep(data.At("password"));

        if (!System.IO.File.Exists(PathIn(data)))
        {
            Begin(data, password);
        }

        return password;
    }

    internal static void Begin(DataFolder data, string password)
    {
        Directory.CreateDirectory(data.At("state"));
        SecretFile.Write(PathIn(data), Accounts(password).ToJsonString(Indented));
    }

    private static string PathIn(DataFolder data) => Path.Combine(data.At("state"), File);

    private static JsonObject Accounts(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(12);
        var hash = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, Iterations, HashAlgorithmName.SHA512, 64);
        return new JsonObject
        {
            ["clients"] = new JsonArray(new JsonObject
            {
                ["username"] = Username,
                ["password"] = Convert.ToBase64String(hash),
                ["salt"] = Convert.ToBase64String(salt),
                ["iterations"] = Iterations,
                ["roles"] = new JsonArray(new JsonObject { ["rolename"] = Username }),
            }),
            ["roles"] = new JsonArray(new JsonObject
            {
                ["rolename"] = Username,
                ["acls"] = new JsonArray(
                    [
                        .. Heard.SelectMany(topic => new[] { Right("publishClientReceive", topic), Right("subscribePattern", topic), Right("unsubscribePattern", topic) }),
                        Right("publishClientSend", "$CONTROL/dynamic-security/#"),
                        Right("publishClientSend", "sites/+/offices/+/desired"),
                    ]),
            }),
            ["defaultACLAccess"] = new JsonObject
            {
                ["publishClientSend"] = false,
                ["publishClientReceive"] = false,
                ["subscribe"] = false,
                ["unsubscribe"] = false,
            },
        };
    }

    private static JsonObject Right(string type, string topic) => new JsonObject { ["acltype"] = type, ["topic"] = topic, ["allow"] = true };
}
