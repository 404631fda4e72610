using System.Globalization;

namespace Coworking.Local;

/// <summary>The fixed names of the demo data, as far as `up` has to know them.</summary>
internal static class Demo
{
    internal const string AdminKey = "admin-secret-key-123";
    internal const string UserKey = "user-secret-key-456";
    internal const string FirstSpace = "b6194839-7438-4587-a52e-eeef27d00282";

    /// <summary>Who can sign in, with passwords that stand in the source.</summary>
    internal const string Accounts =
        "admin@example.com Demo-Admin-1, reception@example.com Demo-Reception-1, technician@example.com Demo-Technician-1, ana@example.com Demo-Ana-1, carlos@example.com Demo-Carlos-1";

    /// <summary>A sign-in to try.</summary>
    internal const string SignIn = """{"email":"ana@example.com","password":"Demo-Ana-1"}""";

    /// <summary>A registration to try.</summary>
    internal const string Device = $$"""{"serialNumber":"SN-1","spaceId":"{{FirstSpace}}"}""";

    private const string North = "cfaa672e-cf6e-4192-8736-254ca954928c";
    private const string South = "3f1c44fe-d226-4c7a-9192-15c547011bda";

    private static readonly string[] Spaces =
    [
        $"{North}/{FirstSpace}",
        $"{North}/7058a9a0-0fe6-4b77-b926-43ab0051eaee",
        $"{South}/d7ec71e6-263f-4cf2-a712-9e842f7694f4",
        $"{South}/8a3be298-fde7-4e7f-9250-44ba968760a8",
        // The pantry, whose registered device would else be missed after a quarter of an hour.
        $"{North}/5f0b7d1e-2c4a-4a7b-9d3e-6e1a0c8b4f21:2:cold",
    ];

    /// <summary>A simulated device in each demo space.</summary>
    internal static ChildProcessOptions Devices(MosquittoServer broker) => new(
        Repository.DotnetCommand,
        Repository.Built("tools/simulator", "Coworking.Simulator", Repository.Configuration),
        "--broker",
        $"{broker.Host}:{broker.Port.ToString(CultureInfo.InvariantCulture)}",
        "--spaces",
        string.Join(',', Spaces),
        "--interval",
        "10",
        "--scenario",
        "calm")
    {
        Name = "simulator",
        LogFile = Repository.Local("logs", "simulator.log"),
    };
}
