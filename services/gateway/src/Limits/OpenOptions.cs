using System.Globalization;

namespace Coworking.Gateway.Limits;

/// <summary>How much one caller may have open at a time, per gateway, and for how long a stream. A service has room for a thousand requests: nobody alone may fill it by answering slowly.</summary>
/// <param name="PerCaller">Limits:InFlightPerCaller; 128 of an account, or of an address that says not who it is.</param>
/// <param name="StreamsPerCaller">Limits:StreamsPerCaller; 50: tabs of a browser in all sessions of an account.</param>
/// <param name="PerKey">Limits:InFlightPerKey; 512: a key stands for an application with many users, as the address of a building does for its devices.</param>
/// <param name="StreamsPerKey">Limits:StreamsPerKey; 5,000.</param>
/// <param name="StreamLifetime">Limits:StreamLifetime; a quarter of an hour, as an access token: whoever was shut out meanwhile does not come back in.</param>
internal sealed record OpenOptions(int PerCaller, int StreamsPerCaller, int PerKey, int StreamsPerKey, TimeSpan StreamLifetime)
{
    private const string Section = "Limits";
    private const string Lifetime = $"{Section}:StreamLifetime";

    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);
    private static readonly string[] Names = ["InFlightPerCaller", "StreamsPerCaller", "InFlightPerKey", "StreamsPerKey"];

    internal static OpenOptions Of(IConfiguration configuration)
    {
        int Read(int name, int otherwise) => configuration.GetValue($"{Section}:{Names[name]}", otherwise);
        return new OpenOptions(Read(0, 128), Read(1, 50), Read(2, 512), Read(3, 5000), configuration.GetValue(Lifetime, TimeSpan.FromMinutes(15)));
    }

    /// <summary>One line that names a bad setting; null where all are good.</summary>
    internal static string? Refuse(IConfiguration configuration) => Names
        .Where(name => configuration[$"{Section}:{name}"] is { } text && !(int.TryParse(text, out var number) && number >= 1))
        .Select(name => $"{Section}:{name} must be a whole number from 1; set {Section}__{name}")
        .FirstOrDefault()
        ?? (configuration[Lifetime] is { } text && !(TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time) && time > TimeSpan.Zero && time <= Longest)
            ? $"{Lifetime} must be a time such as 00:15:00, at most a day; set {Section}__StreamLifetime"
            : null);

    internal int Most(bool isStream, bool isKey) => isStream ? (isKey ? StreamsPerKey : StreamsPerCaller) : isKey ? PerKey : PerCaller;
}
