using System.Globalization;
using System.Text.Json;
using Coworking.Hosting.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Coworking.Hosting.Tests.Json;

public sealed class JsonSetupTests
{
    private sealed record Patch(Optional<string> Name, Optional<int?> Limit);

    [Theory]
    [InlineData("2026-01-31T09:00:00Z", "2026-01-31T09:00:00.000Z")]
    [InlineData("2026-01-31t09:00:00z", "2026-01-31T09:00:00.000Z")]
    [InlineData("2026-01-31 09:00:00Z", "2026-01-31T09:00:00.000Z")]
    [InlineData("2026-01-31T09:00Z", "2026-01-31T09:00:00.000Z")]
    [InlineData("2026-01-31T09:00:00.1234567Z", "2026-01-31T09:00:00.123Z")]
    [InlineData("2026-01-31T09:00:00+05:30", "2026-01-31T03:30:00.000Z")]
    [InlineData("2026-01-31T23:59:59.999-06:00", "2026-02-01T05:59:59.999Z")]
    public void Any_offset_is_read_and_UTC_is_written(string text, string written)
    {
        var instant = JsonSerializer.Deserialize<DateTimeOffset>($"\"{text}\"", JsonSetup.Wire);
        Assert.Equal(TimeSpan.Zero, instant.Offset);
        Assert.Equal($"\"{written}\"", JsonSerializer.Serialize(instant, JsonSetup.Wire));
    }

    [Theory]
    [InlineData("\"2026-01-31T09:00:00\"")]
    [InlineData("\"2026-01-31\"")]
    [InlineData("\"2026-02-30T09:00:00Z\"")]
    [InlineData("\"2026-01-31T25:00:00Z\"")]
    [InlineData("\"2026-01-31T09:00:00+99:00\"")]
    [InlineData("\"31/01/2026 09:00Z\"")]
    [InlineData("\"\"")]
    [InlineData("1769850000")]
    [InlineData("null")]
    public void What_is_no_instant_is_refused(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<DateTimeOffset>(json, JsonSetup.Wire));

    [Fact]
    public void Every_instant_survives_the_way_there_and_back_to_the_millisecond()
    {
        var instants =
            from seconds in Gen.Choose(-2_000_000_000, 2_000_000_000)
            from milliseconds in Gen.Choose(0, 999)
            from offset in Gen.Choose(-14 * 60, 14 * 60)
            select DateTimeOffset.UnixEpoch.AddSeconds(seconds).AddMilliseconds(milliseconds).ToOffset(TimeSpan.FromMinutes(offset));
        Prop.ForAll(instants.ToArbitrary(), instant =>
                InstantConverter.TryParse(InstantConverter.Text(instant), out var read) && read == instant
                && InstantConverter.TryParse(instant.ToString("yyyy-MM-dd'T'HH:mm:ss.fffzzz", CultureInfo.InvariantCulture), out read) && read == instant)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(1000).WithReplay(20261121, 7));
    }

    [Fact]
    public void Absent_and_null_are_different_wishes()
    {
        var nothing = JsonSerializer.Deserialize<Patch>("{}", JsonSetup.Wire)!;
        Assert.False(nothing.Name.IsGiven);
        Assert.Equal("before", nothing.Name.Or("before"));

        var given = JsonSerializer.Deserialize<Patch>("""{"name":"new","limit":null}""", JsonSetup.Wire)!;
        Assert.Equal("new", given.Name.Or("before"));
        Assert.True(given.Limit.IsGiven);
        Assert.Null(given.Limit.Or(3));
    }

    [Fact]
    public void Text_stays_readable() =>
        Assert.Equal("\"Área 'Verde' & más\"", JsonSerializer.Serialize("Área 'Verde' & más", JsonSetup.Wire));
}
