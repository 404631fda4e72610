namespace Coworking.ComposeTest;

/// <summary>Builds and starts the composition as a new user would, tries what it promises, and takes it down. Run by ./dev compose-test.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        if (arguments is not ([] or ["--no-build"]))
        {
            await Console.Error.WriteLineAsync("compose-test takes --no-build (the images of the last run) or nothing");
            return 2;
        }

        var began = TimeProvider.System.GetTimestamp();
        var passed = 0;
        Composition? composition = null;

        try
        {
            composition = await Composition.FindAsync();
            var start = new Start(composition);
            var smoke = new Smoke(composition);
            var replicas = new ReplicaSteps(composition, smoke);
            (string, Func<Task<string>>)[] steps =
            [
                .. arguments is [] ? [("images", start.BuildAsync)] : Array.Empty<(string, Func<Task<string>>)>(),
                ("up", start.UpAsync), ("shut in", Start.ShutInAsync), ("own schema", Start.OwnSchemaAsync), ("production", start.ProductionAsync), ("memory", Start.MemoryAsync),
                ("health", Smoke.HealthAsync), ("booking", Smoke.BookingAsync), ("device", smoke.DeviceAsync), ("alert", smoke.AlertAsync),
                ("read-only", Smoke.ReadOnlyAsync),
                ("scale", replicas.ScaleAsync), ("kill", replicas.KillAsync), ("roll", replicas.RollAsync),
            ];

            foreach (var (name, run) in steps)
            {
                var from = TimeProvider.System.GetTimestamp();
                var saw = await run();
                passed++;
                await Console.Out.WriteLineAsync($"{name,-11} {TimeProvider.System.GetElapsedTime(from).TotalSeconds,5:0} s  {saw}");
            }
        }
        catch (Exception e)
        {
            // Whatever it was: nothing may stay behind.
            await Console.Error.WriteLineAsync(e is Unmet ? e.Message : e.ToString());
            await TakeDownAsync(composition);
            await Console.Out.WriteLineAsync($"compose-test failed after {passed} steps that passed");
            return 1;
        }

        var left = await TakeDownAsync(composition);
        await Console.Out.WriteLineAsync($"compose-test {(left ? "passed" : "failed: something stayed behind")}: {passed} steps in {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0} s");
        return left ? 0 : 1;
    }

    /// <summary>True where nothing of it is left, volumes included.</summary>
    private static async Task<bool> TakeDownAsync(Composition? composition)
    {
        if (composition is null)
        {
            return true;
        }

        await composition.ComposeAsync(180, "down", "-v", "--remove-orphans", "-t", "20");
        var label = $"label=com.docker.compose.project={Composition.Project}";
        var containers = (await Shell.RunAsync("docker", ["ps", "-aq", "--filter", label])).Out;
        var volumes = (await Shell.RunAsync("docker", ["volume", "ls", "-q", "--filter", label])).Out;
        await Console.Out.WriteLineAsync($"{"down",-11}          containers and volumes left: {containers.Split('\n').Count(line => line.Length > 0)}, {volumes.Split('\n').Count(line => line.Length > 0)}");
        return containers.Trim().Length == 0 && volumes.Trim().Length == 0;
    }
}
