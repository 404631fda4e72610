using Coworking.Hosting.Problems;

namespace Coworking.IotIngest.Devices;

/// <summary>Every "no" about devices.</summary>
internal static class DeviceRefusals
{
    public static readonly Refusal NotFound = new(StatusCodes.Status404NotFound, "device.not_found", "Device not found");

    public static readonly Refusal BrokerAway = new(
        StatusCodes.Status503ServiceUnavailable, "broker.unavailable", "The MQTT broker does not answer, and nothing was changed; try again shortly");

    public static readonly Refusal MissingKey = new(StatusCodes.Status401Unauthorized, "device.key_missing", "Missing x-device-key header");

    /// <summary>The same for a wrong key and for a serial number that nobody has: no answer tells which serial numbers exist.</summary>
    public static readonly Refusal InvalidKey = new(StatusCodes.Status401Unauthorized, "device.key_invalid", "Invalid device key");

    public static readonly Refusal ForeignKey = new(StatusCodes.Status403Forbidden, "device.key_foreign", "This key belongs to another device");

    public static readonly Refusal SpaceGone = new(
        StatusCodes.Status409Conflict, "device.space_gone", "The device's space is not known; nothing was taken. Move the device, or send again if its space is new");

    public static readonly Refusal NoReadings = new(StatusCodes.Status400BadRequest, "readings.empty", "The array has no readings");

    public static readonly Refusal TooManyReadings = new(
        StatusCodes.Status413PayloadTooLarge, "readings.too_many", $"At most {ReadingsBody.MaxReadings} readings are taken at a time; send them in parts");

    public static readonly Refusal Busy = new(
        StatusCodes.Status503ServiceUnavailable, "readings.busy", "The readings could not be stored in time; send them again: what was stored meanwhile is known and counts once");

    public static Refusal SerialTaken(string serial) => new(StatusCodes.Status409Conflict, "device.serial_taken", $"A device with serial number {serial} is registered already");
}
