using System.Text;
using Coworking.IotIngest.Database;
using Coworking.IotIngest.Readings;

namespace Coworking.IotIngest.Tests.Readings;

public sealed class ReadingMutationTests
{
    private static readonly DateTimeOffset Now = new(2026, 2, 3, 15, 0, 0, TimeSpan.Zero);

    [Fact]
    public void No_mutation_of_a_message_makes_it_throw_or_keeps_a_value_beyond_its_limits()
    {
        // 200,000 mutations of whole messages, always the same ones.
        var random = new Random(20_261_120);
        byte[][] seeds =
        [
            Encoding.UTF8.GetBytes("""{"ts":"2026-02-03T15:00:00Z","temp_c":24.1,"humidity_pct":49.3,"co2_ppm":930,"occupancy":4,"power_w":120}"""),
            Encoding.UTF8.GetBytes("""{"battery_pct":99.5,"power_ok":true,"door_open":null,"ts":"2026-02-03T09:00:00.5-06:00","x":[{"y":"\u00e9"}]}"""),
        ];
        var accepted = 0;

        for (var round = 0; round < 200_000; round++)
        {
            var bytes = Mutate(seeds[round % seeds.Length], random);

            if (ReadingDecoder.Decode(bytes, Micros.Of(Now.AddDays(-30)), Micros.Of(Now + ReadingDecoder.MaxAhead), out var reading) is null)
            {
                accepted++;
                Assert.InRange(reading.At, Micros.Of(Now.AddDays(-30)), Micros.Of(Now.AddMinutes(15)));

                for (var metric = 0; metric < Metric.Count; metric++)
                {
                    var rule = Metric.All[metric];
                    Assert.InRange(reading.Values[metric], Math.Min(0, rule.Min * rule.Scale), rule.Max * rule.Scale);
                }
            }
        }

        Assert.InRange(accepted, 1000, 199_000);
    }

    private static byte[] Mutate(byte[] seed, Random random)
    {
        var bytes = seed.ToList();

        for (var change = random.Next(1, 4); change > 0 && bytes.Count > 0; change--)
        {
            var at = random.Next(bytes.Count);

            switch (random.Next(4))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 9), bytes.Count - at));
                    break;
                case 2:
                    bytes.Insert(at, (byte)"0123456789-+.eE{}[]\",:"[random.Next(22)]);
                    break;
                default:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 17), bytes.Count - at)));
                    break;
            }
        }

        return [.. bytes];
    }
}
