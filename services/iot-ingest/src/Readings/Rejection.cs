namespace Coworking.IotIngest.Readings;

/// <summary>Why a message was not taken: a stable reason that is counted, and a sentence for whoever mends the device.</summary>
internal sealed record Rejection(string Reason, string Detail)
{
    public const string Malformed = "malformed";
    public const string NoMetric = "no_metric";
    public const string OutOfRange = "out_of_range";
    public const string Future = "future";
    public const string TooOld = "too_old";
    public const string UnknownSpace = "unknown_space";
    public const string WrongSite = "wrong_site";
    public const string TooLarge = "too_large";
    public const string UnknownDevice = "unknown_device";

    /// <summary>Every reason, in the order of iot.md 1.</summary>
    public static readonly string[] Reasons = [Malformed, NoMetric, OutOfRange, Future, TooOld, UnknownSpace, WrongSite, TooLarge, UnknownDevice];
}
