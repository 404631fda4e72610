using Coworking.IotIngest.Windows;

namespace Coworking.IotIngest.Tests.Windows;

public sealed class WindowIdTests
{
    private static readonly Guid Space = new("b6194839-7438-4587-a52e-eeef27d00282");

    [Fact]
    public void A_window_keeps_its_id_for_ever() =>
        Assert.Equal(new Guid("b6194839-7438-8587-a52e-eeef26122866"), WindowId.Of(Space, new(2026, 2, 3, 15, 0, 0, TimeSpan.Zero)));

    [Fact]
    public void Every_minute_of_every_space_has_an_id_of_its_own_of_version_8()
    {
        var start = new DateTimeOffset(2026, 2, 3, 0, 0, 0, TimeSpan.Zero);
        Guid[] spaces = [Space, new("7058a9a0-0fe6-4b77-b926-43ab0051eaee"), Guid.CreateVersion7(start), Guid.CreateVersion7(start)];
        var ids = spaces.SelectMany(space => Enumerable.Range(0, 1440), (space, minute) => WindowId.Of(space, start.AddMinutes(minute))).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Equal(8, id.Version));
    }
}
