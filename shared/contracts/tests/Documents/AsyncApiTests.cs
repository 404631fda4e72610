using System.Text.Json;
using Coworking.Contracts.Tests.WireForms;
using YamlDotNet.RepresentationModel;

namespace Coworking.Contracts.Tests.Documents;

public sealed class AsyncApiTests
{
    private static readonly YamlMappingNode Document = Load();

    public static TheoryData<string> Messages { get; } = [.. MessageNames.Types.Keys];

    [Fact]
    public void The_document_says_its_version_and_describes_the_bus_and_nothing_else()
    {
        Assert.Equal("3.0.0", Text(Document, "asyncapi"));
        var channels = Map(Document, "channels");
        Assert.Equal(MessageNames.Exchanges.Values.Order(), channels.Select(channel => Text((YamlMappingNode)channel.Value, "address")).Order());
    }

    [Fact]
    public void Every_reference_leads_somewhere_and_every_schema_is_used()
    {
        var references = References(Document).ToHashSet();
        Assert.NotEmpty(references);
        Assert.DoesNotContain(references, reference => Follow(reference) is null);
        Assert.Empty(Map(Document, "components", "schemas").Select(schema => $"#/components/schemas/{schema.Key}").Except(references));
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_message_has_its_exchange_its_operation_and_its_envelope(string message)
    {
        var name = char.ToLowerInvariant(message[0]) + message[1..];
        var channel = Map(Document, "channels", name);
        Assert.Equal(MessageNames.Exchanges[MessageNames.Types[message]], Text(channel, "bindings", "amqp", "exchange", "name"));
        Assert.Equal($"#/components/messages/{message}", Text(channel, "messages", message, "$ref"));
        Assert.Contains(Map(Document, "operations"), operation => Text((YamlMappingNode)operation.Value, "channel", "$ref") == $"#/channels/{name}");

        var payload = (YamlSequenceNode)Node(Document, "components", "messages", message, "payload", "allOf")!;
        var own = (YamlMappingNode)payload[1];
        Assert.Equal($"urn:message:Coworking.Contracts:{message}", Text(own, "properties", "messageType", "contains", "const"));
        Assert.Equal($"#/components/schemas/{message}", Text(own, "properties", "message", "$ref"));
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void Every_member_of_the_approved_form_is_described_and_none_besides(string message)
    {
        using var form = JsonDocument.Parse(File.ReadAllText(WireForm.File(MessageNames.Types[message])));
        var described = Described($"#/components/schemas/{message}", form.RootElement, "").ToList();
        var travelling = WireForm.Members(form.RootElement).ToList();
        Assert.NotEmpty(travelling);
        // meta differs by kind of alert: its members are open.
        Assert.Equal(travelling.Where(path => !path.Contains(".meta.", StringComparison.Ordinal)).Order(), described.Order());
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void The_example_is_the_approved_form(string message)
    {
        var example = ((YamlSequenceNode)Node(Document, "components", "schemas", message, "examples")!)[0];
        using var form = JsonDocument.Parse(File.ReadAllText(WireForm.File(MessageNames.Types[message])));
        Assert.Equal(Flat(form.RootElement), Flat(example));
    }

    private static IEnumerable<string> Described(string reference, JsonElement form, string path)
    {
        var schema = (YamlMappingNode)Follow(reference)!;
        var properties = Map(schema, "properties");
        Assert.Equal(properties.Select(property => property.Key.ToString()), ((YamlSequenceNode)Node(schema, "required")!).Select(name => name.ToString()));

        foreach (var (key, node) in properties)
        {
            var member = key.ToString();
            Assert.NotEmpty(Text((YamlMappingNode)node, "description"));
            yield return path + member;

            if (References(node).SingleOrDefault() is { } deeper && form.GetProperty(member) is { ValueKind: JsonValueKind.Object } below)
            {
                foreach (var found in Described(deeper, below, $"{path}{member}."))
                {
                    yield return found;
                }
            }
        }
    }

    private static IEnumerable<string> References(YamlNode node) => node.AllNodes.OfType<YamlMappingNode>()
        .SelectMany(map => map.Where(entry => entry.Key.ToString() == "$ref").Select(entry => entry.Value.ToString()));

    private static YamlNode? Follow(string reference) =>
        reference.StartsWith("#/", StringComparison.Ordinal) ? Node(Document, reference[2..].Split('/')) : null;

    private static YamlNode? Node(YamlNode from, params string[] path) =>
        path.Aggregate<string, YamlNode?>(from, (node, name) => node is YamlMappingNode map && map.Children.TryGetValue(name, out var child) ? child : null);

    private static YamlMappingNode Map(YamlNode from, params string[] path) =>
        Assert.IsType<YamlMappingNode>(Node(from, path));

    private static string Text(YamlMappingNode from, params string[] path) => Assert.IsType<YamlScalarNode>(Node(from, path)).Value!;

    private static string Flat(YamlNode node) => node switch
    {
        YamlMappingNode map => $"{{{string.Join(",", map.Select(entry => $"{entry.Key}:{Flat(entry.Value)}"))}}}",
        YamlSequenceNode list => $"[{string.Join(",", list.Select(Flat))}]",
        _ => node.ToString(),
    };

    private static string Flat(JsonElement node) => node.ValueKind switch
    {
        JsonValueKind.Object => $"{{{string.Join(",", node.EnumerateObject().Select(member => $"{member.Name}:{Flat(member.Value)}"))}}}",
        JsonValueKind.Array => $"[{string.Join(",", node.EnumerateArray().Select(Flat))}]",
        JsonValueKind.String => node.GetString()!,
        _ => node.GetRawText(),
    };

    private static YamlMappingNode Load()
    {
        using var file = File.OpenText(Repository.At("docs", "asyncapi.yaml"));
        var yaml = new YamlStream();
        yaml.Load(file);
        return (YamlMappingNode)Assert.Single(yaml.Documents).RootNode;
    }
}
