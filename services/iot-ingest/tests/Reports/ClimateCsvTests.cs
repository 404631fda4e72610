using Coworking.IotIngest.Reports;

namespace Coworking.IotIngest.Tests.Reports;

public sealed class ClimateCsvTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("", "")]
    [InlineData("door was open", "door was open")]
    [InlineData("2 °C", "2 °C")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("he said \"no\"", "\"he said \"\"no\"\"\"")]
    [InlineData("two\r\nlines", "\"two\r\nlines\"")]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("  =1+1", "'  =1+1")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("\r=1", "\"'\r=1\"")]
    [InlineData("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"")]
    public void Text_of_people_is_quoted_and_is_never_a_formula(string? text, string cell) => Assert.Equal(cell, ClimateCsv.Safe(text));

    [Fact]
    public void Every_row_has_every_column_and_numbers_stay_numbers()
    {
        var started = new DateTimeOffset(2025, 6, 1, 10, 0, 0, TimeSpan.Zero);
        var report = new ClimateReport(Guid.Empty, "Sala", "UTC",
        [
            new ClimateDay(new(2025, 6, 1), 12, 0.5, new Dictionary<string, ClimateMetric> { ["tempC"] = new(-5.25, 8, 1.23456, 0.75), ["powerW"] = new(1, 2, 1.5, null) },
                [new ClimateAlert(Guid.Empty, "LOW_TEMP", "critical", started, started.AddMinutes(3), "cleared", 180, "=door, left open")]),
            new ClimateDay(new(2025, 6, 2), 0, 0, new Dictionary<string, ClimateMetric>(), [new ClimateAlert(Guid.Empty, "CO2", "warning", started, null, null, 90, null)]),
        ]);
        Assert.Equal(
            "record,day,metric,min,max,avg,shareWithin,coverage,alert,severity,startedAt,resolvedAt,durationSec,note\r\n"
            + "metric,2025-06-01,tempC,-5.25,8,1.2346,0.75,0.5,,,,,,\r\n"
            + "metric,2025-06-01,powerW,1,2,1.5,,0.5,,,,,,\r\n"
            + "alert,2025-06-01,,,,,,0.5,LOW_TEMP,critical,2025-06-01T10:00:00.000Z,2025-06-01T10:03:00.000Z,180,\"'=door, left open\"\r\n"
            + "metric,2025-06-02,,,,,,0,,,,,,\r\n"
            + "alert,2025-06-02,,,,,,0,CO2,warning,2025-06-01T10:00:00.000Z,,90,\r\n",
            ClimateCsv.Of(report));
    }
}
