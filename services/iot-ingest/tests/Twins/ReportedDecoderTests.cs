using System.Text;
using Coworking.IotIngest.Database;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;
using Coworking.IotIngest.Tests.Running;
using Coworking.IotIngest.Twins;

namespace Coworking.IotIngest.Tests.Twins;

public sealed class ReportedDecoderTests
{
    private static readonly DateTimeOffset Now = new(2026, 2, 3, 15, 0, 0, TimeSpan.Zero);
    private static readonly Space Room = Rooms.Plain();
    private static readonly long Oldest = Micros.Of(Now.AddDays(-30));
    private static readonly long Newest = Micros.Of(Now + ReadingDecoder.MaxAhead);

    [Fact]
    public void The_firmwares_message_is_read()
    {
        var reported = Read("""{"ts":"2026-02-03T15:00:00.5Z","samplingIntervalSec":10,"co2_alert_threshold":1000,"firmwareVersion":"1.0.0","more":[{}]}""");
        Assert.Equal(new ReportedState(Room, Now.AddSeconds(0.5), 10, 1000, "1.0.0"), reported);
    }

    [Theory]
    [InlineData("""{"ts":"2026-02-03T15:00:00Z"}""")]
    [InlineData("""{"ts":"2026-02-03T15:00:00Z","samplingIntervalSec":null,"co2_alert_threshold":null,"firmwareVersion":null}""")]
    public void What_a_device_does_not_say_is_not_known(string payload) => Assert.Equal(new ReportedState(Room, Now, null, null, null), Read(payload));

    [Theory]
    [InlineData("", Rejection.Malformed, "the payload is not a JSON object")]
    [InlineData("[]", Rejection.Malformed, "the payload is not a JSON object")]
    [InlineData("{\"samplingIntervalSec\":10}", Rejection.Malformed, "ts is missing")]
    [InlineData("{\"ts\":\"2026-02-03T15:00:00\"}", Rejection.Malformed, "ts must be an RFC 3339 time with a zone")]
    [InlineData("{\"ts\":\"2026-02-03T15:15:00.001Z\"}", Rejection.Future, "ts lies in the future")]
    [InlineData("{\"ts\":\"2026-01-04T14:59:59.999Z\"}", Rejection.TooOld, "ts 2026-01-04T14:59:59.9990000+00:00 is older than what is kept")]
    [InlineData("{\"ts\":\"2026-02-03T15:00:00Z\",\"samplingIntervalSec\":0}", Rejection.OutOfRange, "samplingIntervalSec must be a whole number from 1 to 86400")]
    [InlineData("{\"ts\":\"2026-02-03T15:00:00Z\",\"samplingIntervalSec\":\"10\"}", Rejection.OutOfRange, "samplingIntervalSec must be a whole number from 1 to 86400")]
    [InlineData("{\"ts\":\"2026-02-03T15:00:00Z\",\"samplingIntervalSec\":{\"a\":1}}", Rejection.OutOfRange, "samplingIntervalSec must be a whole number from 1 to 86400")]
    [InlineData("{\"ts\":\"2026-02-03T15:00:00Z\",\"co2_alert_threshold\":40001}", Rejection.OutOfRange, "co2_alert_threshold must be a whole number from 0 to 40000")]
    [InlineData("{\"ts\":\"2026-02-03T15:00:00Z\",\"co2_alert_threshold\":1.5}", Rejection.OutOfRange, "co2_alert_threshold must be a whole number from 0 to 40000")]
    [InlineData("{\"ts\":\"2026-02-03T15:00:00Z\",\"firmwareVersion\":\"\"}", Rejection.Malformed, "firmwareVersion must be text of at most 64 characters")]
    [InlineData("{\"ts\":\"2026-02-03T15:00:00Z\",\"firmwareVersion\":7}", Rejection.Malformed, "firmwareVersion must be text of at most 64 characters")]
    [InlineData("{\"ts\":\"2026-02-03T15:00:00Z\",\"firmwareVersion\":\"a\\u0000\"}", Rejection.Malformed, "firmwareVersion must be text of at most 64 characters")]
    [InlineData("{\"ts\":\"2026-02-03T15:00:00Z\",\"firmwareVersion\":\"\\ud800\"}", Rejection.Malformed, "the payload is not a JSON object")]
    [InlineData("{\"ts\":\"2026-02-03T15:00:00Z\"}x", Rejection.Malformed, "the payload is not a JSON object")]
    public void What_is_wrong_has_a_reason_and_a_sentence(string payload, string reason, string detail)
    {
        var rejection = ReportedDecoder.Decode(Encoding.UTF8.GetBytes(payload), Room, Oldest, Newest, out var reported);
        Assert.Equal(new Rejection(reason, detail), rejection);
        Assert.Null(reported);
    }

    [Fact]
    public void Large_and_deep_payloads_are_refused()
    {
        Assert.Equal(Rejection.TooLarge, ReportedDecoder.Decode(new byte[ReadingDecoder.MaxPayload + 1], Room, Oldest, Newest, out _)?.Reason);
        var deep = Encoding.UTF8.GetBytes("{\"x\":" + new string('[', 10_000));
        Assert.Equal(Rejection.Malformed, ReportedDecoder.Decode(deep, Room, Oldest, Newest, out _)?.Reason);
    }

    [Fact]
    public void No_change_of_a_byte_makes_it_throw()
    {
        var seed = Encoding.UTF8.GetBytes("""{"ts":"2026-02-03T15:00:00Z","samplingIntervalSec":10,"co2_alert_threshold":1000,"firmwareVersion":"1.0.0"}""");

        for (var at = 0; at < seed.Length; at++)
        {
            for (var value = 0; value < 256; value++)
            {
                var bytes = (byte[])seed.Clone();
                bytes[at] = (byte)value;
                var rejection = ReportedDecoder.Decode(bytes, Room, Oldest, Newest, out var reported);
                Assert.Equal(rejection is null, reported is not null);
            }
        }
    }

    private static ReportedState Read(string payload)
    {
        Assert.Null(ReportedDecoder.Decode(Encoding.UTF8.GetBytes(payload), Room, Oldest, Newest, out var reported));
        return reported!;
    }
}
