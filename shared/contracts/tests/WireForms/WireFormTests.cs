using System.Text.Json;
using System.Text.Json.Nodes;
using Coworking.Hosting.Json;

namespace Coworking.Contracts.Tests.WireForms;

public sealed class WireFormTests
{
    public static TheoryData<string> Messages { get; } = [.. MessageNames.Types.Keys];

    [Fact]
    public void Every_message_has_a_sample_and_every_approved_form_a_message()
    {
        Assert.NotEmpty(MessageNames.Exchanges);
        Assert.Equal(MessageNames.Exchanges.Keys.Select(type => type.Name).Order(), Samples.All.Keys.Select(type => type.Name).Order());
        Assert.Equal(MessageNames.Exchanges.Keys.Select(WireForm.Name).Order(), Directory.GetFiles(WireForm.Folder).Select(Path.GetFileNameWithoutExtension).Order());
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_message_travels_in_its_approved_form(string message)
    {
        var type = MessageNames.Types[message];
        var present = WireForm.Lay(WireForm.Body(Samples.All[type]));
        var file = WireForm.File(type);
        var approved = File.Exists(file) ? File.ReadAllText(file) : null;

        if (Environment.GetEnvironmentVariable("APPROVE") == "1")
        {
            Assert.Empty(approved is null ? [] : Broken(approved, present));
            File.WriteAllText(file, present);
            return;
        }

        Assert.True(approved == present, $"""
            {message} has another wire form than the approved one in {file}.
            If members were only added, run this test with APPROVE=1 in the environment, read the difference and commit it.
            Anything else needs a new record: other teams read this form.
            Present form:
            {present}
            """);
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_message_survives_the_way_there_and_back(string message)
    {
        var body = WireForm.Body(Samples.All[MessageNames.Types[message]]);
        var read = JsonSerializer.Deserialize(body, MessageNames.Types[message], JsonSetup.Wire)!;
        Assert.Equal(body, WireForm.Body(read));
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void The_approved_form_can_be_read_and_nothing_in_it_is_ignored(string message)
    {
        var approved = File.ReadAllText(WireForm.File(MessageNames.Types[message]));
        var read = JsonSerializer.Deserialize(approved, MessageNames.Types[message], JsonSetup.Wire)!;
        Assert.Empty(Broken(approved, WireForm.Body(read)));
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_consumer_ignores_members_that_a_newer_publisher_adds(string message)
    {
        var body = WireForm.Body(Samples.All[MessageNames.Types[message]]);
        var newer = JsonNode.Parse(body)!.AsObject();
        newer.Add("addedLater", new JsonObject { ["x"] = 1 });
        var read = JsonSerializer.Deserialize(newer.ToJsonString(), MessageNames.Types[message], JsonSetup.Wire)!;
        Assert.Equal(body, WireForm.Body(read));
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void Every_message_carries_its_identity_its_time_and_a_version_where_something_changes(string message)
    {
        using var form = JsonDocument.Parse(WireForm.Body(Samples.All[MessageNames.Types[message]]));
        Assert.True(form.RootElement.GetProperty("messageId").TryGetGuid(out _));
        Assert.EndsWith("Z", form.RootElement.GetProperty("occurredAt").GetString(), StringComparison.Ordinal);
        Assert.Equal(message != nameof(SnapshotRequested), form.RootElement.TryGetProperty("version", out _));
    }

    [Fact]
    public void What_is_not_known_is_written_as_null_and_read_back_as_null()
    {
        var sample = (SpaceChanged)Samples.All[typeof(SpaceChanged)];
        var body = WireForm.Body(sample with { Space = sample.Space with { OfficeHours = null, Climate = null } });
        var read = JsonSerializer.Deserialize<SpaceChanged>(body, JsonSetup.Wire)!;
        Assert.Contains("\"officeHours\":null,\"climate\":null", body, StringComparison.Ordinal);
        Assert.Null(read.Space.OfficeHours);
        Assert.Null(read.Space.Climate);
    }

    [Fact]
    public void A_member_that_went_or_changed_its_type_is_noticed()
    {
        Assert.Equal(["$.b.c"], Broken("""{"a":1,"b":{"c":1}}""", """{"a":2,"b":{"d":1}}"""));
        Assert.Equal(["$.a"], Broken("""{"a":1}""", """{"a":"1"}"""));
        Assert.Empty(Broken("""{"a":true,"b":null}""", """{"a":false,"b":"x","c":3}"""));
    }

    [Fact]
    public void Every_public_record_is_a_message_or_part_of_one()
    {
        var records = typeof(MessageNames).Assembly.GetExportedTypes().Where(type => type.GetMethod("<Clone>$") is not null).ToList();
        Assert.NotEmpty(records);
        var parts = new HashSet<Type>(MessageNames.Exchanges.Keys);
        var left = new Queue<Type>(parts);

        while (left.TryDequeue(out var type))
        {
            foreach (var part in type.GetProperties().Select(property => property.PropertyType).Where(part => records.Contains(part) && parts.Add(part)))
            {
                left.Enqueue(part);
            }
        }

        Assert.Empty(records.Except(parts));
    }

    private static IEnumerable<string> Broken(string approved, string present)
    {
        using var before = JsonDocument.Parse(approved);
        using var now = JsonDocument.Parse(present);
        return [.. WireForm.Broken(before.RootElement, now.RootElement)];
    }
}
