using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Coworking.Faults.Api;
using Coworking.SystemTests.Accounts;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Security;

/// <summary>Makes things of a client, by the examples of the document itself: what they name, the examples of changes name too.</summary>
internal sealed class OwnThings(TestPlatform platform, ApiDocument document, Customer client)
{
    private Guid _location;

    /// <summary>One policy for all of it: a client may not have so many bookings in one week else.</summary>
    internal async Task PrepareAsync()
    {
        _location = await platform.NewLocationAsync();
        (await platform.Admin.PutAsync($"/api/v1/locations/{_location}/policy", new { weeklyLimit = 1000 })).Expect(HttpStatusCode.OK);
    }

    /// <summary>By the client himself.</summary>
    internal async Task<Guid> MakeAsync(string collection) => (await client.PostAsync(collection, await BodyAsync(collection))).Expect(HttpStatusCode.Created).Id();

    /// <summary>For the client, by the house, which may do it more often in a minute.</summary>
    internal async Task<Guid> OrderAsync(string collection) => (await platform.Admin.PostAsync(collection, await BodyAsync(collection))).Expect(HttpStatusCode.Created).Id();

    /// <summary>The example of an operation's body; null where it takes none.</summary>
    internal static JsonObject? Example(ApiOperation operation) =>
        operation.Bodies.Values.SelectMany(body => body.Examples).Select(example => JsonNode.Parse(example.GetRawText())!.AsObject()).FirstOrDefault();

    private async Task<JsonObject> BodyAsync(string collection)
    {
        var body = Example(document.Operations.Single(operation => operation.Name == $"POST {collection}")) ?? throw new InvalidDataException($"The document has no example of POST {collection}");

        if (body.Remove("spaceId") && body.ContainsKey("clientEmail"))
        {
            body["spaceId"] = (await platform.NewSpaceAsync(locationId: _location)).Id;
        }

        // A calendar is of a space or of a client; a client has his own alone.
        body["clientEmail"] = client.Email;
        return body;
    }
}
