using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Security;

/// <summary>One column of the matrix: who asks, and what must come of it.</summary>
/// <param name="Name">As in docs/security.md.</param>
/// <param name="IsSure">True: nothing may get through, so it is tried on what exists; else on what nobody has, so that nothing is changed.</param>
/// <param name="Headers">By which it asks.</param>
/// <param name="Complaint">What is wrong with an answer; null where nothing is.</param>
internal sealed record Column(string Name, Func<AccessRow, bool> IsSure, Func<AccessRow, (string Name, string Value)[]> Headers, Func<AccessRow, Answer, string?> Complaint)
{
    private const string KeyHeader = "x-api-key";
    private const string IdentityHeader = "X-Coworking-Identity";

    /// <summary>Nobody enters, but where nobody is asked.</summary>
    internal static Column Refused(string name, HttpStatusCode status, string code, params (string, string)[] headers) => new(
        name,
        row => !row.IsPublic,
        _ => headers,
        (row, answer) => row.IsPublic ? Enters(answer) : row.IsForDevices ? Is(answer, HttpStatusCode.Unauthorized, "device.key_missing") : Is(answer, status, code));

    // A key of any role, where there must be none.
    private static string? KeyWhere(AccessRow row, Answer answer) =>
        row.IsForDevices ? Is(answer, HttpStatusCode.Unauthorized, "device.key_missing") : row.IsForAccounts ? Is(answer, HttpStatusCode.Forbidden, "auth.account_only") : "a key is good here";

    internal static Column User(string name, string key, params (string, string)[] headers) => new(
        name,
        row => !row.IsPublic && !row.IsForAnyKey,
        _ => [(KeyHeader, key), .. headers],
        (row, answer) => row.IsPublic || row.IsForAnyKey ? Enters(answer) : row.IsForDevices || row.IsForAccounts ? KeyWhere(row, answer) : Is(answer, HttpStatusCode.Forbidden, "auth.forbidden"));

    internal static Column Admin(string key) => new(
        "ADMIN", row => row.IsForDevices, _ => [(KeyHeader, key)], (row, answer) => row.IsForDevices || row.IsForAccounts ? KeyWhere(row, answer) : Enters(answer));

    /// <summary>Two keys: one of them has nothing to do with the row.</summary>
    internal static Column Scoped(string ofLocations, string ofAvailability) => new(
        "scoped key",
        row => !row.IsPublic,
        row => [(KeyHeader, row.Operation.Contains(" /api/v1/locations", StringComparison.Ordinal) ? ofAvailability : ofLocations)],
        (row, answer) => row.IsPublic ? Enters(answer) : row.IsForDevices || row.IsForAccounts ? KeyWhere(row, answer) : Is(answer, HttpStatusCode.Forbidden, "auth.out_of_scope"));

    /// <summary>A signed-in client of the house, who asks for what is another's. Of a list it may see what is booked under its own e-mail; where that is not verified, nothing.</summary>
    internal static Column Customer(string name, string accessToken, string? verifiedEmail) => new(
        name,
        row => row.Customer != "open",
        _ => [("Authorization", "Bearer " + accessToken)],
        (row, answer) => row.Customer switch
        {
            "404" => (int)answer.Status == 404 ? null : Said(answer),
            "403" => (int)answer.Status == 403 ? null : Said(answer),
            "not listed" => answer.Status == HttpStatusCode.OK && answer.Json.Rows().TrueForAll(row => IsOf(row, verifiedEmail)) ? null : Said(answer),
            _ => row.IsForDevices ? Is(answer, HttpStatusCode.Unauthorized, "device.key_missing") : Enters(answer),
        });

    /// <summary>One of the house's own people, who may what the row says of the role.</summary>
    internal static Column Staff(string role, string accessToken)
    {
        return new(
            role,
            row => !Lets(row),
            _ => [("Authorization", "Bearer " + accessToken)],
            (row, answer) => row.IsForDevices ? Is(answer, HttpStatusCode.Unauthorized, "device.key_missing") : Lets(row) ? Enters(answer) : Is(answer, HttpStatusCode.Forbidden, "auth.forbidden"));

        bool Lets(AccessRow row) => row.IsPublic || row.IsForAccounts || row.WhoMay == "any" || row.WhoMay.Split(", ").Contains(role);
    }

    private static bool IsOf(JsonElement row, string? email) => email is not null && string.Equals(row.At("clientEmail").GetString(), email, StringComparison.OrdinalIgnoreCase);

    internal static (string, string) Key(string key) => (KeyHeader, key);

    /// <summary>Says ADMIN, as the gateway would; unsigned, or signed by a key of one's own.</summary>
    internal static (string, string) Forged(bool isSigned)
    {
        const string claims = """{"sub":"forged","kind":"key","role":"ADMIN","email":null,"emailVerified":false,"scopes":[],"exp":4102444800}""";
        var input = $"{Part(isSigned ? """{"alg":"ES256","typ":"JWT","kid":"gateway"}""" : """{"alg":"none"}""")}.{Part(claims)}";
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signature = isSigned ? System.Buffers.Text.Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256)) : "";
        return (IdentityHeader, $"{input}.{signature}");
    }

    private static string Part(string json) => System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    // Telegram is not set up here, and says so to everybody.
    private static string? Enters(Answer answer) =>
        (int)answer.Status is 401 or 403 or >= 500 && answer.Json.Text("code") != "telegram.not_configured" ? Said(answer) : null;

    private static string? Is(Answer answer, HttpStatusCode status, string code) =>
        answer.Status == status && answer.MediaType == "application/problem+json" && answer.Json.Text("code") == code ? null : $"not {(int)status} {code}, but {Said(answer)}";

    private static string Said(Answer answer) => $"{(int)answer.Status} {(answer.Text.Length > 200 ? answer.Text[..200] : answer.Text)}";
}
