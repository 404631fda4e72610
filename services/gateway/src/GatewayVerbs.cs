using Coworking.Gateway.Accounts;
using Coworking.Gateway.ApiKeys;

namespace Coworking.Gateway;

/// <summary>What can be done from the command line.</summary>
internal static class GatewayVerbs
{
    internal static IReadOnlyDictionary<string, Func<IServiceProvider, Task>> All { get; } = new Dictionary<string, Func<IServiceProvider, Task>>(KeyVerbs.All)
    {
        ["demo"] = LoadDemoAsync,
        [AccountVerbs.Verb] = AccountVerbs.CreateAsync,
    };

    private static async Task LoadDemoAsync(IServiceProvider services)
    {
        await KeyVerbs.All["demo"](services);
        await AccountVerbs.LoadDemoAsync(services);
    }
}
