using Coworking.IotIngest.Devices;

namespace Coworking.IotIngest.Tests.Devices;

public sealed class SecretsTests
{
    private static readonly Guid Device = new("0195e1a0-0000-7000-8000-000000000001");

    [Fact]
    public void A_password_is_made_again_from_the_same_salt_and_secret_and_from_no_other()
    {
        var (one, two) = (DeviceSecrets.Create(), DeviceSecrets.Create());
        var password = DeviceSecrets.MqttPassword("secret", Device, one.Salt);
        Assert.Equal(password, DeviceSecrets.MqttPassword("secret", Device, one.Salt));
        Assert.Equal(43, password.Length);
        Assert.NotEqual(password, DeviceSecrets.MqttPassword("secret", Device, two.Salt));
        Assert.NotEqual(password, DeviceSecrets.MqttPassword("other", Device, one.Salt));
        Assert.NotEqual(password, DeviceSecrets.MqttPassword("secret", Guid.Empty, one.Salt));
        Assert.NotEqual(one.ApiKey, two.ApiKey);
    }

    [Fact]
    public void Roles_are_equal_by_their_rights_in_any_order()
    {
        var role = BrokerRole.OfDevice(Device, Guid.Empty, Device);
        Assert.Equal(role, role with { Rights = [.. role.Rights.Reverse()] });
        Assert.NotEqual(role, role with { Rights = [.. role.Rights.Skip(1)] });
        Assert.NotEqual(role, BrokerRole.OfHomeless(Device));
    }
}
