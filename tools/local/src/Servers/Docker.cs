namespace Coworking.Local;

/// <summary>Runs a server's image in the foreground: the docker client passes signals on and ends with its container.</summary>
internal static class Docker
{
    /// <summary>The program's path where the machine has it, null where docker must serve; throws when neither is there.</summary>
    internal static string? Native(string server, params IReadOnlyList<string?> candidates)
    {
        var found = candidates.FirstOrDefault(File.Exists);
        return found is not null || Tools.Find("docker") is not null
            ? found
            : throw new InvalidOperationException($"{server} is not installed and docker is not there to stand in. Run: ./dev setup");
    }

    /// <param name="environment">Names only: values reach docker through its own environment, not through a command line that all can read.</param>
    internal static IReadOnlyList<string> Run(
        string image,
        string container,
        IEnumerable<(int Outside, int Inside)> ports,
        IEnumerable<(string Outside, string Inside)> volumes,
        IEnumerable<string> environment,
        IEnumerable<string> arguments) =>
    [
        "run", "--rm", "--name", container, "--hostname", "coworking",
        .. ports.SelectMany(p => new[] { "--publish", $"127.0.0.1:{p.Outside}:{p.Inside}" }),
        .. volumes.SelectMany(v => new[] { "--volume", $"{v.Outside}:{v.Inside}" }),
        .. environment.SelectMany(name => new[] { "--env", name }),
        image, .. arguments,
    ];

    internal static string ContainerName(string server, int port) => $"coworking-{server}-{port}";
}
