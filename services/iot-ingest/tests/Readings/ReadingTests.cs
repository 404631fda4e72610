using Coworking.IotIngest.Readings;

namespace Coworking.IotIngest.Tests.Readings;

public sealed class ReadingTests
{
    // The digest is part of a primary key: a build that computes another one would count every redelivered reading twice.
    [Fact]
    public void The_digest_of_given_metrics_is_the_same_for_ever()
    {
        Assert.Equal(3078606731204172510, Of(reading => reading.Set(Metric.TempC, 24_100)).Digest);
        Assert.Equal(-2791200776359309239, Of(reading => reading.Set(Metric.Occupancy, 0)).Digest);
        Assert.Equal(-4571736575339947006, Of(_ => { }, powerOk: false, doorOpen: true).Digest);
        Assert.Equal(
            5446477444986437830,
            Of(reading =>
            {
                reading.Set(Metric.TempC, -80_000);
                reading.Set(Metric.HumidityPct, 49_300);
                reading.Set(Metric.Co2Ppm, 930_000);
                reading.Set(Metric.Occupancy, 4);
                reading.Set(Metric.PowerW, 1_000_000_000);
                reading.Set(Metric.BatteryPct, 100_000);
            }, powerOk: true).Digest);
    }

    [Fact]
    public void Neither_space_nor_time_nor_the_order_of_setting_is_in_the_digest()
    {
        var one = Of(reading =>
        {
            reading.Set(Metric.TempC, 1);
            reading.Set(Metric.PowerW, 2);
        });
        var other = new Reading { SpaceKey = 9, At = 99 };
        other.Set(Metric.PowerW, 2);
        other.Set(Metric.TempC, 1);
        other.Seal();
        Assert.Equal(one.Digest, other.Digest);
    }

    [Fact]
    public void Different_metrics_have_different_digests()
    {
        var seen = new HashSet<long>();
        var readings = 0;

        // Every presence of three values, neighbours in value, and every pair of flags.
        for (var present = 0; present < 1 << Metric.Count; present++)
        {
            for (var value = 0; value < 40; value++)
            {
                foreach (var flag in (bool?[])[null, true, false])
                {
                    foreach (var door in (bool?[])[null, true, false])
                    {
                        if (present == 0 && value > 0)
                        {
                            continue;
                        }

                        readings++;
                        var mask = present;
                        var number = value;
                        seen.Add(Of(reading => SetAll(reading, mask, number), flag, door).Digest);
                    }
                }
            }
        }

        Assert.Equal(readings, seen.Count);
    }

    [Fact]
    public void Readings_sort_by_space_then_time_then_digest()
    {
        Reading[] sorted = [.. Enumerable.Range(0, 27).Select(i => new Reading { SpaceKey = i / 9, At = (i / 3 % 3) - 1, Digest = (i % 3) - 1 })];
        var shuffled = sorted.ToList();
        new Random(5).Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(shuffled));
        shuffled.Sort(KeyOrder.Instance);
        Assert.Equal(sorted.Select(Key), shuffled.Select(Key));

        static (int, long, long) Key(Reading reading) => (reading.SpaceKey, reading.At, reading.Digest);
    }

    private static void SetAll(ReadingBox reading, int mask, int value)
    {
        for (var metric = 0; metric < Metric.Count; metric++)
        {
            if ((mask & (1 << metric)) != 0)
            {
                reading.Set(metric, value);
            }
        }
    }

    private static Reading Of(Action<ReadingBox> set, bool? powerOk = null, bool? doorOpen = null)
    {
        var box = new ReadingBox();
        set(box);
        return box.Sealed(powerOk, doorOpen);
    }

    /// <summary>A reading that lambdas can change.</summary>
    private sealed class ReadingBox
    {
        private Reading _reading;

        public void Set(int metric, int value) => _reading.Set(metric, value);

        public Reading Sealed(bool? powerOk, bool? doorOpen)
        {
            _reading.PowerOk = powerOk;
            _reading.DoorOpen = doorOpen;
            _reading.Seal();
            return _reading;
        }
    }
}
