using System.Globalization;
using System.Text;

namespace Coworking.Simulator.Tests;

public sealed class PayloadTests
{
    private static readonly DateTimeOffset At = new(2025, 10, 8, 16, 30, 0, 5, TimeSpan.FromHours(2));

    [Fact]
    public void Telemetry_is_written_with_the_keys_of_the_firmware_whatever_the_culture()
    {
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");

        Assert.Equal(
            """{"ts":"2025-10-08T14:30:00.005Z","temp_c":24.1,"humidity_pct":49.3,"co2_ppm":930,"occupancy":4,"power_w":120}""",
            Encoding.UTF8.GetString(Payload.Telemetry(At, new Reading(24.1, 49.3, 930, 4, 120))));
    }

    [Fact]
    public void Reported_is_written_with_the_keys_of_the_firmware() =>
        Assert.Equal(
            """{"ts":"2025-10-08T14:30:00.005Z","samplingIntervalSec":30,"co2_alert_threshold":900,"firmwareVersion":"1.0.0"}""",
            Encoding.UTF8.GetString(Payload.Reported(At, new Desired(30, 900))));

    [Theory]
    [InlineData("""{"samplingIntervalSec":5,"co2_alert_threshold":800}""", true, 5, 800)]
    [InlineData("""{"samplingIntervalSec":5}""", true, 5, 1000)]
    [InlineData("""{"sampling_interval_sec":5}""", true, 10, 1000)]
    [InlineData("""{"samplingIntervalSec":0}""", false, 0, 1000)]
    [InlineData("""{"samplingIntervalSec":"5"}""", false, 10, 1000)]
    [InlineData("""{"samplingIntervalSec":1.5}""", false, 10, 1000)]
    [InlineData("[]", false, 10, 1000)]
    [InlineData("{", false, 10, 1000)]
    [InlineData("", false, 10, 1000)]
    public void Desired_is_read_with_exactly_its_keys(string json, bool understood, int interval, int threshold)
    {
        Assert.Equal(understood, Payload.TryReadDesired(Encoding.UTF8.GetBytes(json), new Desired(10, 1000), out var desired));
        Assert.Equal(new Desired(interval, threshold), desired);
    }
}
