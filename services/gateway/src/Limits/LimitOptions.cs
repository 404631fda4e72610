using Coworking.Hosting.Identity;

namespace Coworking.Gateway.Limits;

/// <summary>How many requests a minute the gateway takes from whom, per gateway. A key's own limit goes before these.</summary>
/// <param name="PerAddress">Limits:AddressPerMinute; 100: whoever says not who he is, and whoever is refused. In Development 10,000, for there everything has one address.</param>
/// <param name="PerUserKey">Limits:UserKeyPerMinute; 600: ten a second are more than a page for people makes.</param>
/// <param name="PerAdminKey">Limits:AdminKeyPerMinute; 6,000: back offices and imports work in bulk.</param>
/// <param name="PerAccount">Limits:AccountPerMinute; 600: a person is worth as much as an application.</param>
/// <param name="Bookings">Limits:BookingsPerMinute; 10: of one account, so that nobody takes a building in one go.</param>
/// <param name="PerDevice">Limits:DevicePerMinute; 600: a batch of readings each 100 ms, so that a device soon catches up after an outage.</param>
/// <param name="DevicesPerAddress">Limits:DevicesPerAddressPerMinute; 6,000: the devices of a whole building come from one address.</param>
internal sealed record LimitOptions(Rate PerAddress, Rate PerUserKey, Rate PerAdminKey, Rate PerAccount, Rate Bookings, Rate PerDevice, Rate DevicesPerAddress)
{
    private const string Section = "Limits";

    private static readonly string[] Names =
        ["AddressPerMinute", "UserKeyPerMinute", "AdminKeyPerMinute", "AccountPerMinute", "BookingsPerMinute", "DevicePerMinute", "DevicesPerAddressPerMinute"];

    internal static LimitOptions Of(IConfiguration configuration, bool isDevelopment)
    {
        int Read(int name, int otherwise) => configuration.GetValue($"{Section}:{Names[name]}", otherwise);
        var bookings = Read(4, 10);
        return new LimitOptions(
            Rate.Of(Read(0, isDevelopment ? 10_000 : 100)),
            Rate.Of(Read(1, 600)),
            Rate.Of(Read(2, 6000), Rate.AdminBurst),
            Rate.Of(Read(3, 600)),
            // Not ten seconds' worth, which would be one: people book the days of a week in a row.
            Rate.Of(bookings, Math.Min(bookings, Rate.MaxBurst)),
            Rate.Of(Read(5, 600)),
            Rate.Of(Read(6, 6000)));
    }

    /// <summary>One line that names a bad setting; null where all are good.</summary>
    internal static string? Refuse(IConfiguration configuration) => Names
        .Where(name => configuration[$"{Section}:{name}"] is { } text && !(int.TryParse(text, out var number) && number is >= 1 and <= Rate.MaxPerMinute))
        .Select(name => $"{Section}:{name} must be a whole number from 1 to {Rate.MaxPerMinute}; set {Section}__{name}")
        .FirstOrDefault();

    internal Rate OfKey(string role) => role == Roles.Admin ? PerAdminKey : PerUserKey;
}
