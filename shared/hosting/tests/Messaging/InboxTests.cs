using Coworking.Hosting.Messaging;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Hosting.Tests.Messaging;

public sealed class InboxTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_many_copies_that_arrive_at_once_one_takes_effect()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync("create table effects (n int not null); insert into effects values (0)");
        var message = Guid.CreateVersion7();

        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => ConsumeAsync(database, message, "WhenAlertOpened", commit: true)));

        Assert.Single(answers, isNew => isNew);
        Assert.Equal(1, await database.ScalarAsync<int>("select n from effects"));
    }

    [Fact]
    public async Task A_copy_whose_work_was_undone_leaves_room_for_the_next()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync("create table effects (n int not null); insert into effects values (0)");
        var message = Guid.CreateVersion7();
        Assert.True(await ConsumeAsync(database, message, "WhenAlertOpened", commit: false));
        Assert.True(await ConsumeAsync(database, message, "WhenAlertOpened", commit: true));
        Assert.False(await ConsumeAsync(database, message, "WhenAlertOpened", commit: true));
        Assert.Equal(1, await database.ScalarAsync<int>("select n from effects"));
    }

    [Fact]
    public async Task Two_consumers_of_a_service_each_act_upon_a_message()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync("create table effects (n int not null); insert into effects values (0)");
        var message = Guid.CreateVersion7();
        Assert.True(await ConsumeAsync(database, message, "WhenAlertOpened", commit: true));
        Assert.True(await ConsumeAsync(database, message, "TellWebhooks", commit: true));
        Assert.Equal(2, await database.ScalarAsync<int>("select n from effects"));
    }

    private static async Task<bool> ConsumeAsync(TestDatabase database, Guid message, string consumer, bool commit)
    {
        await using var db = database.Context();
        await using var transaction = await db.Database.BeginTransactionAsync(Stop);
        var isNew = await db.IsNewAsync(message, consumer, Stop);

        if (isNew)
        {
            await db.Database.ExecuteSqlRawAsync("update effects set n = n + 1", Stop);
        }

        if (commit)
        {
            await transaction.CommitAsync(Stop);
        }

        return isNew;
    }
}
