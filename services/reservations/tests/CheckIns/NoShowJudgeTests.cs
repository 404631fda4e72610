using Coworking.Reservations.CheckIns;
using Coworking.Reservations.Occupancies;

namespace Coworking.Reservations.Tests.CheckIns;

/// <summary>The whole table of docs/check-in.md. Minutes are counted from the start; the grace is ten.</summary>
public sealed class NoShowJudgeTests
{
    private const double Grace = 10;
    private const double Never = double.NaN;

    private static readonly DateTimeOffset Start = new(2026, 2, 3, 15, 0, 0, TimeSpan.Zero);

    [Theory]
    // state, since, newest sample, said, health, head count, now -> ruling, reason
    [InlineData("vacant", -60, 10, 10, "healthy", 0, 9.99, "Wait", "")]
    [InlineData("vacant", -60, 10, 10, "healthy", 0, 10, "Release", "vacant")]
    [InlineData("vacant", 0, 10, 10.5, "healthy", 0, 11, "Release", "vacant")]
    [InlineData("vacant", -60, 10, 10.5, "healthy", null, 11, "Release", "vacant")]
    [InlineData("vacant", -60, 12, 12, "healthy", 0, 17, "Release", "vacant")]
    // Evidence of before the end of the grace: it may be on its way, and then it is not.
    [InlineData("vacant", -60, 9.9, 9.9, "healthy", 0, 12.9, "Wait", "")]
    [InlineData("vacant", -60, 9.9, 9.9, "healthy", 0, 13, "Attend", "evidence_old")]
    [InlineData("vacant", -60, 9.9, 12, "healthy", 0, 13, "Attend", "evidence_old")]
    [InlineData("vacant", -60, 12, 9.9, "healthy", 0, 13, "Attend", "evidence_old")]
    // Evidence of the whole grace, and not of the present.
    [InlineData("vacant", -60, 12, 12, "healthy", 0, 17.1, "Attend", "evidence_old")]
    [InlineData("vacant", -420, -400, -400, "healthy", 0, 10, "Wait", "")]
    [InlineData("vacant", -420, -400, -400, "healthy", 0, 14, "Attend", "evidence_old")]
    [InlineData("vacant", -420, -400, 14, "healthy", 0, 14, "Attend", "evidence_old")]
    [InlineData("vacant", -60, Never, 10, "healthy", 0, 14, "Attend", "sensor_silent")]
    // Somebody comes in just now.
    [InlineData("vacant", -60, 10, 10, "healthy", 1, 11, "Wait", "")]
    [InlineData("vacant", -60, 13, 13, "healthy", 1, 13, "Attend", "evidence_old")]
    // Somebody was there after the start.
    [InlineData("vacant", 0.1, 10, 10, "healthy", 0, 10, "Attend", "vacant_later")]
    [InlineData("vacant", 5, 1, 1, "healthy", 0, 10, "Wait", "")]
    [InlineData("occupied", -60, 10, 10, "healthy", 2, 10, "CheckIn", "occupied")]
    [InlineData("occupied", 9, 9.9, 9.9, "healthy", 2, 14.8, "CheckIn", "occupied")]
    [InlineData("occupied", -60, 4, 4, "healthy", 2, 10, "Wait", "")]
    [InlineData("occupied", -60, 4, 4, "healthy", 2, 13, "Attend", "evidence_old")]
    [InlineData("occupied", -60, -1, -1, "healthy", 2, 3, "Wait", "")]
    [InlineData("unknown", 5, -10, 5, "silent", null, 10, "Attend", "sensor_silent")]
    [InlineData("unknown", 5, -10, 5, "stale", null, 10, "Attend", "sensor_stale")]
    // What no sensor of ours says, and must not release all the same.
    [InlineData("vacant", -60, 10, 10, "stale", 0, 10, "Attend", "sensor_stale")]
    [InlineData("vacant", -60, 10, 10, "silent", 0, 10, "Attend", "sensor_silent")]
    [InlineData("vacant", Never, 10, 10, "healthy", 0, 10, "Attend", "sensor_silent")]
    public void Evidence_decides(string state, double since, double sample, double said, string health, int? people, double now, string ruling, string reason)
    {
        var known = new SpaceOccupancy(state, At(since), people, 12, At(sample), health, 7, At(said));
        var verdict = NoShowJudge.Judge(Start, At(Grace)!.Value, known, At(now)!.Value);
        Assert.Equal((ruling, reason), (verdict.Ruling.ToString(), verdict.Reason));
    }

    [Fact]
    public void Where_no_device_was_ever_heard_of_the_clock_alone_decides_and_a_device_that_never_counted_is_no_such_space()
    {
        Assert.Equal(Ruling.Wait, NoShowJudge.Judge(Start, Start.AddMinutes(Grace), known: null, Start.AddMinutes(9)).Ruling);
        Assert.Equal(new Verdict(Ruling.Release, "no_sensor"), NoShowJudge.Judge(Start, Start.AddMinutes(Grace), known: null, Start.AddMinutes(10)));
        var device = new SpaceOccupancy("unknown", Since: null, HeadCount: null, SampleCount: 0, LastSampleAt: null, "silent", Version: 0, SaidAt: null);
        Assert.Equal(new Verdict(Ruling.Attend, "sensor_silent"), NoShowJudge.Judge(Start, Start.AddMinutes(Grace), device, Start.AddMinutes(10)));
    }

    [Fact]
    public void Nothing_but_vacancy_on_sound_evidence_from_the_start_through_the_grace_to_the_present_releases()
    {
        var random = new Random(20_261_121);
        var released = 0;

        for (var i = 0; i < 200_000; i++)
        {
            var known = new SpaceOccupancy(
                Pick("vacant", "vacant", "occupied", "unknown"), Maybe(-30, 20), random.Next(4) == 0 ? random.Next(3) : 0, 3, Maybe(-10, 40), Pick("healthy", "healthy", "healthy", "stale", "silent"), 1, Maybe(-10, 40));
            var now = At(random.Next(0, 40))!.Value;

            if (NoShowJudge.Judge(Start, At(Grace)!.Value, known, now).Ruling == Ruling.Release)
            {
                released++;
                Assert.True(known is { State: "vacant", SensorHealth: "healthy", HeadCount: 0 } && known.Since <= Start && now >= At(Grace));
                Assert.All([known.LastSampleAt, known.SaidAt], at => Assert.True(at >= At(Grace) && now - at <= TimeSpan.FromMinutes(5)));
            }
        }

        Assert.InRange(released, 100, 100_000);

        string Pick(params string[] words) => words[random.Next(words.Length)];
        DateTimeOffset? Maybe(int from, int until) => random.Next(20) == 0 ? null : At(random.Next(from, until));
    }

    [Theory]
    // since, previous end, now -> whether it checks in; the window opens ten minutes before the start and ends after sixty
    [InlineData(-5.0, null, -2.0, true)]
    [InlineData(-10.0, null, -7.0, true)]
    [InlineData(-11.0, null, -8.0, false)]
    [InlineData(-11.0, null, 0.0, true)]
    [InlineData(-13.0, null, -10.1, false)]
    [InlineData(58.0, null, 59.9, true)]
    [InlineData(58.0, null, 60.0, false)]
    [InlineData(-30.0, 0.0, 1.0, false)]
    [InlineData(-30.0, 0.0, -2.0, false)]
    [InlineData(-4.0, -5.0, -1.0, true)]
    [InlineData(-6.0, -5.0, 2.0, false)]
    [InlineData(0.0, 0.0, 2.0, true)]
    public void People_are_the_clients_only_where_they_can_be_nobody_else(double since, double? previousEnd, double now, bool isOfClient)
    {
        var window = new Window(Start.AddMinutes(-10), Start, Start.AddMinutes(60));
        var known = new SpaceOccupancy("occupied", At(since), 2, 13, At(now), "healthy", 3, At(now));
        Assert.Equal(isOfClient, SensorEvidence.IsOfClient(known, window, At(previousEnd), At(now)!.Value));
        Assert.False(SensorEvidence.IsOfClient(known with { LastSampleAt = At(now - 6) }, window, At(previousEnd), At(now)!.Value));
        Assert.False(SensorEvidence.IsOfClient(known with { SensorHealth = "stale" }, window, At(previousEnd), At(now)!.Value));
        Assert.False(SensorEvidence.IsOfClient(known with { State = "vacant" }, window, At(previousEnd), At(now)!.Value));
    }

    private static DateTimeOffset? At(double? minutes) => minutes is { } after && !double.IsNaN(after) ? Start.AddMinutes(after) : null;
}
