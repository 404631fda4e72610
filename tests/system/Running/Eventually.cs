using Coworking.Local;

namespace Coworking.SystemTests.Running;

/// <summary>What happens by itself, within a limit.</summary>
internal static class Eventually
{
    internal static Task HoldsAsync(Func<Task<bool>> condition, string what, int seconds = 90) =>
        Wait.UntilAsync(condition, TimeSpan.FromSeconds(seconds), what, TestContext.Current.CancellationToken);

    /// <summary>Reads until what was read is as it should be; the result is what was read.</summary>
    internal static async Task<T> ReadAsync<T>(Func<Task<T>> read, Func<T, bool> isRight, string what, int seconds = 90)
    {
        var last = default(T);

        try
        {
            await HoldsAsync(async () => isRight(last = await read()), what, seconds);
        }
        catch (TimeoutException e)
        {
            Assert.Fail($"{e.Message}; last seen: {last}");
        }

        return last!;
    }
}
