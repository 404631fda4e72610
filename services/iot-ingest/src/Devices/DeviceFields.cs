using System.Text.RegularExpressions;
using Coworking.Hosting.Problems;

namespace Coworking.IotIngest.Devices;

/// <summary>Bounds of what is said about a device.</summary>
internal static partial class DeviceFields
{
    public const int MaxSerial = 64;
    public const int MaxFirmware = 64;

    /// <summary>As JSON schema writes it.</summary>
    public const string SerialPattern = "^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$";

    public static void Serial(string? serial, Dictionary<string, string[]> errors)
    {
        // It stands in addresses, topics of rejected readings and payloads: nothing in it needs escaping anywhere.
        if (serial is null || !SerialForm().IsMatch(serial))
        {
            errors["serialNumber"] = [$"serialNumber must be 1 to {MaxSerial} letters, digits, '.', '_', ':' or '-', beginning with a letter or digit"];
        }
    }

    public static void Firmware(string? firmware, Dictionary<string, string[]> errors)
    {
        if (firmware is not null && (firmware.Length is 0 or > MaxFirmware || firmware.Any(char.IsControl)))
        {
            errors["firmwareVersion"] = [$"firmwareVersion must be text of 1 to {MaxFirmware} characters"];
        }
    }

    public static Refusal? Refuse(Dictionary<string, string[]> errors) => errors.Count == 0
        ? null
        : new Refusal(StatusCodes.Status400BadRequest, ProblemShape.InvalidRequest, errors.Values.First()[0]) { Errors = errors };

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._:-]{0,63}\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SerialForm();
}
