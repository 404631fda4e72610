using Coworking.Gateway.Accounts;
using Microsoft.Extensions.DependencyInjection;

namespace Coworking.Gateway.Tests.Accounts;

public sealed class PasswordsTests
{
    [Fact]
    public async Task A_wrong_password_costs_as_many_rounds_for_a_hash_of_yesterday_as_for_one_of_today()
    {
        using var meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var yesterday = new Passwords(new AccountOptions("http://localhost", 1_000, HashesAtOnce: 1), ActivatorUtilities.CreateInstance<GatewayMetrics>(meters));
        var hash = (await yesterday.HashAsync(Person.Right, TestContext.Current.CancellationToken))!;
        Assert.Equal((9_000, 0, -500), (Passwords.RoundsMissing(hash, 10_000), Passwords.RoundsMissing(hash, 1_000), Passwords.RoundsMissing(hash, 500)));
        Assert.Equal((0, 0), (Passwords.RoundsMissing("", 10_000), Passwords.RoundsMissing("no base64", 10_000)));

        using var today = new Passwords(new AccountOptions("http://localhost", 2_000, HashesAtOnce: 1), ActivatorUtilities.CreateInstance<GatewayMetrics>(meters));
        Assert.Equal(PasswordVerdict.Wrong, await today.VerifyAsync(hash, "Wrong-Password-1", TestContext.Current.CancellationToken));
        Assert.Equal(PasswordVerdict.RightButWeak, await today.VerifyAsync(hash, Person.Right, TestContext.Current.CancellationToken));
        Assert.Equal(PasswordVerdict.Wrong, await yesterday.VerifyAsync((await today.HashAsync(Person.Right, TestContext.Current.CancellationToken))!, "Wrong-Password-1", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Only_so_many_are_hashed_at_once_and_who_finds_the_queue_full_is_told_to_come_again()
    {
        using var meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var passwords = new Passwords(new AccountOptions("http://localhost", 200_000, HashesAtOnce: 1), ActivatorUtilities.CreateInstance<GatewayMetrics>(meters));

        // Threads of their own: those of the pool could be so few that nobody comes while one is hashing.
        var verdicts = await Task.WhenAll(Enumerable.Range(0, 80).Select(_ => Task.Factory.StartNew(
            () => passwords.VerifyAsync(null, "Wrong-Password-1", TestContext.Current.CancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()));

        Assert.Contains(PasswordVerdict.Busy, verdicts);
        Assert.Contains(PasswordVerdict.Wrong, verdicts);
        // The queue is empty again: whoever comes now is served.
        Assert.Equal(PasswordVerdict.Wrong, await passwords.VerifyAsync(null, "Wrong-Password-1", TestContext.Current.CancellationToken));
        var hash = (await passwords.HashAsync(Person.Right, TestContext.Current.CancellationToken))!;
        Assert.Equal(PasswordVerdict.Right, await passwords.VerifyAsync(hash, Person.Right, TestContext.Current.CancellationToken));
        Assert.NotEqual(hash, await passwords.HashAsync(Person.Right, TestContext.Current.CancellationToken));
    }
}
