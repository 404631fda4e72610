using System.Buffers.Text;
using System.Security.Cryptography;

namespace Coworking.IotIngest.Devices;

/// <summary>What a device proves itself by. Shown once; the tables keep a hash of the key and the salt of the password.</summary>
/// <param name="ApiKey">Header x-device-key of readings over HTTP.</param>
/// <param name="KeyHash">What is kept of it.</param>
/// <param name="Salt">Makes the MQTT password, together with a secret that is not in the database.</param>
internal sealed record DeviceSecrets(string ApiKey, byte[] KeyHash, byte[] Salt)
{
    private const int Bytes = 32;

    public static DeviceSecrets Create()
    {
        var key = $"dk_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes))}";
        return new DeviceSecrets(key, Hash(key), RandomNumberGenerator.GetBytes(Bytes));
    }

    /// <summary>A plain SHA-256: with 256 random bits there is nothing to guess that a slow hash would have to protect, and every request pays for it.</summary>
    public static byte[] Hash(string key) => SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(key));

    /// <summary>Made rather than stored, so that a broker that has lost its accounts gets the same ones again and no table holds a password.</summary>
    /// <param name="secret">The service's own password at the broker: whoever has it may set any password there anyway.</param>
    /// <param name="device">The device.</param>
    /// <param name="salt">Of the device, new with each rotation.</param>
    public static string MqttPassword(string secret, Guid device, byte[] salt)
    {
        Span<byte> message = stackalloc byte[16 + Bytes];
        device.TryWriteBytes(message, bigEndian: true, out _);
        salt.CopyTo(message[16..]);
        return Base64Url.EncodeToString(HMACSHA256.HashData(System.Text.Encoding.UTF8.GetBytes("mqtt-device:" + secret), message));
    }
}
