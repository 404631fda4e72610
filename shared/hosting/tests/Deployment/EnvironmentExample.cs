using Coworking.Hosting.Tests.Architecture;

namespace Coworking.Hosting.Tests.Deployment;

/// <summary>deploy/.env.example.</summary>
internal static class EnvironmentExample
{
    internal static Dictionary<string, string> Read() => File.ReadAllLines(Path.Combine(Code.Root, "deploy/.env.example"))
        .Where(line => line.Length > 0 && line[0] != '#')
        .Select(line => line.Split('=', 2))
        .ToDictionary(part => part[0], part => part[1]);
}
