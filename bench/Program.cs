using Coworking.Bench;

var known = new Dictionary<string, Func<CancellationToken, Task<bool>>>(StringComparer.OrdinalIgnoreCase) { ["smoke"] = Smoke.RunAsync };
var wanted = args.Length == 0 ? [.. known.Keys] : args;

if (wanted.FirstOrDefault(id => !known.ContainsKey(id)) is { } unknown)
{
    Console.Error.WriteLine($"'{unknown}' is no bench; there are: {string.Join(", ", known.Keys)}");
    return 2;
}

// Bounded: whatever hangs, a run is over after this.
using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
var held = true;

foreach (var id in wanted)
{
    held &= await known[id](limit.Token);
}

return held ? 0 : 1;
