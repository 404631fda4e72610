using System.Text;
using Coworking.Contracts;
using Coworking.IotIngest.Tests.Running;

namespace Coworking.IotIngest.Tests.Rejections;

public sealed class RedriveTests(IotFixture fixture) : IClassFixture<IotFixture>
{
    [Fact]
    public async Task What_came_before_its_space_was_known_is_taken_in_once_it_is_and_its_row_goes()
    {
        var neighbour = await fixture.AddRoomAsync();
        var facts = neighbour.Facts with { Id = Guid.CreateVersion7() };
        var start = neighbour.Start;

        for (var second = 0; second < 20; second++)
        {
            // Beyond what is kept of other rejections, so that a cut payload would show.
            await SendAsync(facts.Id, $"{{\"ts\":\"{Room.Text(start.AddSeconds(second))}\",\"note\":\"{new string('x', 5000)}\",\"temp_c\":20}}");
        }

        await SendAsync(facts.Id, $"{{\"ts\":\"{Room.Text(start)}\",\"temp_c\":900}}");
        var stranger = Guid.CreateVersion7();
        await SendAsync(stranger, $"{{\"ts\":\"{Room.Text(start)}\",\"temp_c\":20}}");
        await fixture.Platform.UntilAsync("select count(*) from rejected_readings where reason = 'unknown_space' and payload <> '\\x70726f6265'", 22);
        // Too long ago: nobody waits for it any more.
        await fixture.Platform.ExecuteAsync(
            "update rejected_readings set received_at = now() - interval '11 minutes' where id = (select min(id) from rejected_readings where topic like '%' || $1 || '%')", facts.Id.ToString());

        await fixture.Platform.Bus.SayAsync(new SpaceChanged(Guid.CreateVersion7(), TimeProvider.System.GetUtcNow(), 1, ChangeKinds.Registered, facts));
        await fixture.Platform.UntilAsync("select count(*) from readings r join spaces s on s.key = r.space_key where s.id = $1", 19, facts.Id);
        await fixture.Platform.UntilAsync("select count(*) from rejected_readings where topic like '%' || $1 || '%' and reason = 'unknown_space'", 1, facts.Id.ToString());
        await fixture.Platform.UntilAsync("select count(*) from rejected_readings where topic like '%' || $1 || '%' and reason = 'out_of_range'", 1, facts.Id.ToString());
        await fixture.Platform.UntilAsync("select count(*) from rejected_readings where topic like '%' || $1 || '%'", 1, stranger.ToString());

        Task<bool> SendAsync(Guid space, string payload) =>
            fixture.Platform.PublishAsync($"sites/{facts.LocationId}/offices/{space}/telemetry", Encoding.UTF8.GetBytes(payload));
    }
}
