using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace Coworking.Hosting.Tests.Architecture;

/// <summary>Who may know whom.</summary>
public sealed class KnowledgeTests
{
    // By project; what is not listed here knows nobody. Tests and the runs of bench and faults may know more, never a service's code but their own (P5 of bench measures the inside of iot-ingest).
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Coworking.Contracts"] = [],
        ["Coworking.Mqtt"] = [],
        ["Coworking.Hosting"] = [],
        ["Coworking.Bus"] = ["Coworking.Contracts", "Coworking.Hosting"],
        ["Coworking.Gateway"] = ["Coworking.Hosting"],
        ["Coworking.Reservations"] = ["Coworking.Bus", "Coworking.Contracts", "Coworking.Hosting"],
        ["Coworking.IotIngest"] = ["Coworking.Bus", "Coworking.Contracts", "Coworking.Hosting", "Coworking.Mqtt"],
        ["Coworking.Local"] = [],
        ["Coworking.Simulator"] = ["Coworking.Contracts", "Coworking.Mqtt"],
    };

    // What opens a connection of its own; names and exceptions of System.Net.Sockets are free for all.
    private static readonly string[] Sockets = ["Socket", "TcpClient", "TcpListener", "UdpClient", "NetworkStream", "SslStream", "ClientWebSocket"];

    [Fact]
    public void Projects_refer_only_to_whom_they_may_know()
    {
        var sources = Code.Projects.Where(path => !Code.IsTest(path) && !path.StartsWith("bench/", StringComparison.Ordinal) && !path.StartsWith("faults/", StringComparison.Ordinal)).ToList();
        Assert.Equal(Allowed.Keys.Order(), sources.Select(Name).Order());
        var references = sources.SelectMany(path => References(path).Select(reference => (From: Name(path), To: reference))).ToList();
        Assert.NotEmpty(references);
        ShapeTests.Nothing(references.Where(one => !Allowed[one.From].Contains(one.To)).Select(one => $"{one.From} -> {one.To}"), "a reference that the house does not allow");
    }

    [Fact]
    public void Assemblies_use_only_whom_they_may_know()
    {
        foreach (var assembly in Code.Assemblies)
        {
            var name = assembly.GetName().Name!;
            var used = assembly.GetReferencedAssemblies().Select(reference => reference.Name!).ToList();
            Assert.NotEmpty(used);
            ShapeTests.Nothing(used.Where(other => other.StartsWith("Coworking.", StringComparison.Ordinal)).Except(Allowed[name]), $"{name} uses");
        }
    }

    [Theory]
    [InlineData("Coworking.Contracts")]
    [InlineData("Coworking.Mqtt")]
    public void The_contracts_and_the_MQTT_client_need_no_package(string name)
    {
        var used = Assembly.Load(name).GetReferencedAssemblies().Select(reference => reference.Name!).ToList();
        Assert.NotEmpty(used);
        ShapeTests.Nothing(used.Where(other => !other.StartsWith("System.", StringComparison.Ordinal) && other != "Microsoft.Extensions.Logging.Abstractions"), $"{name} needs");
    }

    [Fact]
    public void Only_the_MQTT_client_opens_sockets()
    {
        var opens = Code.Libraries.Concat(Code.Services).ToDictionary(name => name, name => SocketTypes(Assembly.Load(name)));
        Assert.NotEmpty(opens["Coworking.Mqtt"]);
        // The guard of webhooks connects to the very addresses that it has judged: a client that looked the name up again could be led elsewhere.
        // The gateway's loops are its clients' sockets, and those over which what clients ask is passed on (ADR 48).
        string[] guard = ["Coworking.Reservations: Socket", "Coworking.Reservations: NetworkStream", "Coworking.Gateway: Socket"];
        ShapeTests.Nothing(
            opens.Where(one => one.Key != "Coworking.Mqtt").SelectMany(one => one.Value.Select(type => $"{one.Key}: {type}")).Except(guard), "opens a connection of its own");
    }

    [Fact]
    public void Only_Messaging_and_the_wiring_of_the_bus_see_MassTransit()
    {
        var seeing = Code.Types.Where(type => type.DeclaringType is null)
            .Where(type => TypeUse.Of(type).Any(used => used.Namespace?.StartsWith("MassTransit", StringComparison.Ordinal) == true))
            .ToList();
        Assert.NotEmpty(seeing);
        ShapeTests.Nothing(seeing.Where(type => type.Namespace != "Coworking.Bus" && !type.Namespace!.Contains(".Messaging", StringComparison.Ordinal)).Select(type => type.FullName!), "sees MassTransit");
    }

    private static string Name(string path) => Path.GetFileNameWithoutExtension(path);

    private static IEnumerable<string> References(string path) =>
        XDocument.Load(Path.Combine(Code.Root, path)).Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));

    private static List<string> SocketTypes(Assembly assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly.Location));
        var metadata = file.GetMetadataReader();
        return [.. metadata.TypeReferences.Select(metadata.GetTypeReference).Select(type => metadata.GetString(type.Name)).Where(Sockets.Contains)];
    }
}
