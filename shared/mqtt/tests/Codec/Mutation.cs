namespace Coworking.Mqtt.Tests.Codec;

/// <summary>A packet with one to three bytes changed, put in or left out.</summary>
internal static class Mutation
{
    internal static byte[] Of(Random random, byte[] sample)
    {
        var bytes = new List<byte>(sample);

        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var at = random.Next(bytes.Count);

            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                case 3 when bytes.Count > 1:
                    bytes.RemoveAt(at);
                    break;
                default:
                    bytes[at] = 0xFF;
                    break;
            }
        }

        return [.. bytes];
    }
}
