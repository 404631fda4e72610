using Coworking.Gateway.Accounts;
using Microsoft.Extensions.DependencyInjection;

namespace Coworking.Gateway.Tests.Accounts;

public sealed class PasswordsTests
{
    [Fact]
    public async Task Only_so_many_are_hashed_at_once_and_who_finds_the_queue_full_is_told_to_come_again()
    {
        using var meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var passwords = new Passwords(new AccountOptions("http://localhost", 200_000, HashesAtOnce: 1), ActivatorUtilities.CreateInstance<GatewayMetrics>(meters));

        var verdicts = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() => passwords.VerifyAsync(null, "Wrong-Password-1", TestContext.Current.CancellationToken))));

        Assert.Contains(PasswordVerdict.Busy, verdicts);
        Assert.Contains(PasswordVerdict.Wrong, verdicts);
        // The queue is empty again: whoever comes now is served.
        Assert.Equal(PasswordVerdict.Wrong, await passwords.VerifyAsync(null, "Wrong-Password-1", TestContext.Current.CancellationToken));
        var hash = (await passwords.HashAsync(Person.Right, TestContext.Current.CancellationToken))!;
        Assert.Equal(PasswordVerdict.Right, await passwords.VerifyAsync(hash, Person.Right, TestContext.Current.CancellationToken));
        Assert.NotEqual(hash, await passwords.HashAsync(Person.Right, TestContext.Current.CancellationToken));
    }
}
