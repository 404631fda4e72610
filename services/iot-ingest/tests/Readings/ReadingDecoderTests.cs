using System.Text;
using Coworking.IotIngest.Database;
using Coworking.IotIngest.Readings;

namespace Coworking.IotIngest.Tests.Readings;

public sealed class ReadingDecoderTests
{
    private const string Ts = "\"ts\":\"2026-02-03T15:00:00Z\"";

    private static readonly DateTimeOffset Now = new(2026, 2, 3, 15, 0, 0, TimeSpan.Zero);

    private static readonly string[] Full =
        ["temp_c", "humidity_pct", "co2_ppm", "occupancy", "power_w", "battery_pct"];

    [Fact]
    public void The_firmwares_message_is_read_to_the_last_member()
    {
        var reading = Read("""{"ts":"2025-10-08T14:30:00Z","temp_c":24.1,"humidity_pct":49.3,"co2_ppm":930,"occupancy":4,"power_w":120}""", new(2025, 10, 8, 14, 30, 0, TimeSpan.Zero));

        Assert.Equal(new DateTimeOffset(2025, 10, 8, 14, 30, 0, TimeSpan.Zero), Micros.ToInstant(reading.At));
        Assert.Equal([24_100, 49_300, 930_000, 4, 120_000], Enumerable.Range(0, 5).Select(metric => reading.Values[metric]));
        Assert.False(reading.Has(Metric.BatteryPct));
        Assert.Null(reading.PowerOk);
        Assert.Null(reading.DoorOpen);
        Assert.NotEqual(0, reading.Digest);
    }

    [Theory]
    [InlineData("temp_c", -80, 125)]
    [InlineData("humidity_pct", 0, 100)]
    [InlineData("co2_ppm", 0, 40_000)]
    [InlineData("occupancy", 0, 10_000)]
    [InlineData("power_w", 0, 1_000_000)]
    [InlineData("battery_pct", 0, 100)]
    public void Each_metric_is_taken_from_limit_to_limit_and_no_further(string name, int min, int max)
    {
        var metric = Array.IndexOf(Full, name);
        var scale = name == "occupancy" ? 1 : 1000;
        Assert.Equal(min * scale, Read($"{{{Ts},\"{name}\":{min}}}").Values[metric]);
        Assert.Equal(max * scale, Read($"{{{Ts},\"{name}\":{max}}}").Values[metric]);
        Assert.Equal(1 << metric, Read($"{{{Ts},\"{name}\":{max}.0}}").Present);

        foreach (var beyond in (string[])[$"{min - 1}", $"{max + 1}", $"{max}.0001", $"{min - 1}.9999", "1e999", "-1e999", "1e40"])
        {
            var rejection = Refuse($"{{{Ts},\"{name}\":{beyond}}}", Rejection.OutOfRange);
            Assert.Equal($"{name} must be from {min} to {max}", rejection.Detail);
        }

        foreach (var foreign in (string[])["\"20\"", "true", "[20]", "{\"value\":20}"])
        {
            Assert.Equal($"{name} must be a number", Refuse($"{{{Ts},\"{name}\":{foreign}}}", Rejection.Malformed).Detail);
        }
    }

    [Fact]
    public void People_come_whole()
    {
        Assert.Equal(4, Read($"{{{Ts},\"occupancy\":4.0}}").Values[Metric.Occupancy]);
        Assert.Equal("occupancy must be a whole number", Refuse($"{{{Ts},\"occupancy\":3.5}}", Rejection.OutOfRange).Detail);
    }

    [Theory]
    [InlineData("24.1004", 24_100)]
    [InlineData("24.1006", 24_101)]
    [InlineData("-0.0", 0)]
    [InlineData("2.41e1", 24_100)]
    public void Numbers_are_kept_in_thousandths(string text, int kept) => Assert.Equal(kept, Read($"{{{Ts},\"temp_c\":{text}}}").Values[Metric.TempC]);

    [Theory]
    [InlineData("power_ok", "true", true)]
    [InlineData("power_ok", "false", false)]
    [InlineData("door_open", "true", true)]
    [InlineData("door_open", "false", false)]
    public void Flags_alone_make_a_reading(string name, string text, bool value)
    {
        var reading = Read($"{{{Ts},\"{name}\":{text}}}");
        Assert.Equal(name == "power_ok" ? value : null, reading.PowerOk);
        Assert.Equal(name == "door_open" ? value : null, reading.DoorOpen);
    }

    [Theory]
    [InlineData("\"power_ok\":1")]
    [InlineData("\"door_open\":\"true\"")]
    [InlineData("\"door_open\":[true]")]
    public void A_flag_is_true_or_false(string member) => Assert.EndsWith("must be true or false", Refuse($"{{{Ts},{member}}}", Rejection.Malformed).Detail, StringComparison.Ordinal);

    [Theory]
    [InlineData("{}", Rejection.Malformed, "ts is missing")]
    [InlineData("{\"temp_c\":20}", Rejection.Malformed, "ts is missing")]
    [InlineData("{\"ts\":\"2026-02-03T15:00:00Z\"}", Rejection.NoMetric, "the payload has no metric")]
    [InlineData("{\"ts\":\"2026-02-03T15:00:00Z\",\"temp_c\":null,\"power_ok\":null}", Rejection.NoMetric, "the payload has no metric")]
    [InlineData("{\"ts\":\"2026-02-03T15:00:00Z\",\"noise_db\":40,\"more\":{\"a\":[1,{}]}}", Rejection.NoMetric, "the payload has no metric")]
    [InlineData("", Rejection.Malformed, "the payload is not a JSON object")]
    [InlineData("hello", Rejection.Malformed, "the payload is not a JSON object")]
    [InlineData("[]", Rejection.Malformed, "the payload is not a JSON object")]
    [InlineData("null", Rejection.Malformed, "the payload is not a JSON object")]
    [InlineData("42", Rejection.Malformed, "the payload is not a JSON object")]
    [InlineData("{\"ts\":\"2026-02-03T15:00:00Z\",\"temp_c\":20", Rejection.Malformed, "the payload is not a JSON object")]
    [InlineData("{\"ts\":\"2026-02-03T15:00:00Z\",\"temp_c\":20}}", Rejection.Malformed, "the payload is not a JSON object")]
    [InlineData("{\"ts\":\"2026-02-03T15:00:00Z\",\"temp_c\":20} {}", Rejection.Malformed, "the payload is not a JSON object")]
    [InlineData("{\"ts\":\"2026-02-03T15:00:00Z\",\"temp_c\":NaN}", Rejection.Malformed, "the payload is not a JSON object")]
    [InlineData("{\"ts\":\"2026-02-03T15:00:00Z\",\"temp_c\":020}", Rejection.Malformed, "the payload is not a JSON object")]
    [InlineData("{\"ts\":\"2026-02-03T15:00:00Z\",\"temp_c\":999,}", Rejection.Malformed, "the payload is not a JSON object")]
    public void What_is_wrong_has_a_reason_and_a_sentence(string payload, string reason, string detail) => Assert.Equal(detail, Refuse(payload, reason).Detail);

    [Theory]
    [InlineData("2026-02-03T15:00:00Z", "2026-02-03T15:00:00Z")]
    [InlineData("2026-02-03T15:00:00.123Z", "2026-02-03T15:00:00.123Z")]
    [InlineData("2026-02-03T14:59:59.123456789Z", "2026-02-03T14:59:59.123456Z")]
    [InlineData("2026-02-03T09:00:00-06:00", "2026-02-03T15:00:00Z")]
    [InlineData("2026-02-03T20:30:00+05:30", "2026-02-03T15:00:00Z")]
    [InlineData("2026-02-03T15:00:00\\u002B00:00", "2026-02-03T15:00:00Z")]
    [InlineData("2026-02-03T15:00Z", "2026-02-03T15:00:00Z")]
    public void Device_time_is_read_in_every_form_of_RFC_3339(string text, string instant) =>
        Assert.Equal(DateTimeOffset.Parse(instant, System.Globalization.CultureInfo.InvariantCulture), Micros.ToInstant(Read($"{{\"ts\":\"{text}\",\"temp_c\":1}}").At));

    [Theory]
    [InlineData("\"2026-02-03T15:00:00\"")]
    [InlineData("\"2026-02-03\"")]
    [InlineData("\"2026-02-30T15:00:00Z\"")]
    [InlineData("\"2026-02-03T25:00:00Z\"")]
    [InlineData("\"2026-02-03T15:00:00+0100\"")]
    [InlineData("\"2026-02-03T15:00:00+25:00\"")]
    [InlineData("\"0001-01-01T00:00:00+14:00\"")]
    [InlineData("\"9999-12-31T23:59:59-14:00\"")]
    [InlineData("\"yesterday\"")]
    [InlineData("\"\"")]
    [InlineData("1770130800")]
    [InlineData("null")]
    [InlineData("{\"a\":1}")]
    [InlineData("[\"2026-02-03T15:00:00Z\"]")]
    public void A_time_that_is_none_or_has_no_zone_is_malformed(string ts) =>
        Assert.Equal("ts must be an RFC 3339 time with a zone", Refuse($"{{\"ts\":{ts},\"temp_c\":1}}", Rejection.Malformed).Detail);

    [Fact]
    public void A_clock_may_run_ahead_fifteen_minutes_and_no_further()
    {
        Read("{\"ts\":\"2026-02-03T15:15:00Z\",\"temp_c\":1}");
        Refuse("{\"ts\":\"2026-02-03T15:15:00.000001Z\",\"temp_c\":1}", Rejection.Future);
    }

    [Fact]
    public void What_is_older_than_what_is_kept_is_too_old()
    {
        Read("{\"ts\":\"2026-01-04T15:00:00Z\",\"temp_c\":1}");
        Refuse("{\"ts\":\"2026-01-04T14:59:59.999Z\",\"temp_c\":1}", Rejection.TooOld);
        Refuse("{\"ts\":\"0001-01-01T00:00:00Z\",\"temp_c\":1}", Rejection.TooOld);
    }

    [Fact]
    public void Of_members_that_come_twice_the_last_one_counts()
    {
        var reading = Read("{\"ts\":\"2026-02-03T10:00:00Z\",\"temp_c\":1,\"temp_c\":2,\"ts\":\"2026-02-03T15:00:00Z\",\"door_open\":true,\"door_open\":null}");
        Assert.Equal((Micros.Of(Now), 2000, null), (reading.At, reading.Values[Metric.TempC], reading.DoorOpen));
    }

    [Fact]
    public void Sixteen_KiB_are_read_and_a_byte_more_is_not()
    {
        var text = $"{{{Ts},\"temp_c\":1,\"note\":\"";
        var fill = new string('x', ReadingDecoder.MaxPayload - text.Length - 2);
        Read(text + fill + "\"}");
        Refuse(text + fill + "x\"}", Rejection.TooLarge);
    }

    [Fact]
    public void Nesting_without_end_and_bytes_that_are_no_text_are_malformed()
    {
        Refuse($"{{{Ts},\"temp_c\":1,\"x\":" + new string('[', 10_000), Rejection.Malformed);
        Refuse($"{{{Ts},\"temp_c\":1,\"x\":" + string.Concat(Enumerable.Repeat("{\"a\":", 2000)), Rejection.Malformed);
        Refuse([.. "{\"ts\":\"2026-02-03T15:00:00Z\",\"temp_c\":1,\"x\":"u8, 0xFF, 0xFE, (byte)'}'], Rejection.Malformed);
        Refuse([.. "{\"ts\":\"2026-02-03T15:0"u8, 0xC3, 0x28, .. "0:00Z\",\"temp_c\":1}"u8], Rejection.Malformed);
        Refuse([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes($"{{{Ts},\"temp_c\":1}}")], Rejection.Malformed);
        Refuse("{\"\\ud800\":1,\"ts\":\"\\ud800\",\"temp_c\":1}", Rejection.Malformed);
    }

    private static Rejection? Decode(ReadOnlySpan<byte> payload, out Reading reading) =>
        ReadingDecoder.Decode(payload, Micros.Of(Now.AddDays(-30)), Micros.Of(Now + ReadingDecoder.MaxAhead), out reading);

    private static Reading Read(string payload, DateTimeOffset? now = null)
    {
        var present = now ?? Now;
        var rejection = ReadingDecoder.Decode(
            Encoding.UTF8.GetBytes(payload), Micros.Of(present.AddDays(-30)), Micros.Of(present + ReadingDecoder.MaxAhead), out var reading);
        Assert.Null(rejection);
        return reading;
    }

    private static Rejection Refuse(string payload, string reason) => Refuse(Encoding.UTF8.GetBytes(payload), reason);

    private static Rejection Refuse(byte[] payload, string reason)
    {
        var rejection = Decode(payload, out _);
        Assert.Equal(reason, rejection?.Reason);
        return rejection!;
    }
}
