using Coworking.Contracts;
using Coworking.IotIngest.Tests.Running;

namespace Coworking.IotIngest.Tests.Messaging;

public sealed class BookingsHeardTests(IotFixture fixture) : IClassFixture<IotFixture>
{
    [Fact]
    public async Task Bookings_that_move_from_space_to_space_while_they_are_heard_of_stay_in_the_schedule_of_the_last_alone()
    {
        const int Bookings = 60;
        var rooms = new List<Room>();

        for (var i = 0; i < 3; i++)
        {
            rooms.Add(await fixture.AddRoomAsync());
        }

        var start = TimeProvider.System.GetUtcNow().AddDays(1);
        var said = new List<BookingMoved>();

        for (var i = 0; i < Bookings; i++)
        {
            var (id, from) = (Guid.CreateVersion7(), start.AddHours(i));
            said.AddRange(rooms.Select((room, no) => new BookingMoved(
                Guid.CreateVersion7(), start, no + 1, new BookingFacts(id, room.Id, room.Facts.LocationId, from, from.AddHours(1), from, from.AddHours(1), "confirmed"))));
        }

        // Also twice, and by several at a time: the service hears eight together.
        await Task.WhenAll(said.Concat(said).Chunk(3).Select(async messages =>
        {
            foreach (var message in messages)
            {
                await fixture.Platform.Bus.SayAsync(message);
            }
        }));

        await fixture.Service.KnowsAsync(rooms[2].Id, space => space.Schedule.Length == Bookings);
        await fixture.Service.KnowsAsync(rooms[0].Id, space => space.Schedule.Length == 0);
        await fixture.Service.KnowsAsync(rooms[1].Id, space => space.Schedule.Length == 0);
        await fixture.Platform.UntilAsync(
            "select count(*) from inbox_messages where consumer = 'WhenBookingChanged' and message_id = any($1)", said.Count, said.Select(message => message.MessageId).ToArray());
        Assert.Equal(
            Bookings,
            await fixture.Platform.ScalarAsync<long>("select count(*) from bookings where space_id = $1 and version = 3", rooms[2].Id));
    }
}
