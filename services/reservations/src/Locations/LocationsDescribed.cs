using Coworking.Hosting.OpenApi;

namespace Coworking.Reservations.Locations;

/// <summary>What the document says of locations.</summary>
internal static class LocationsDescribed
{
    private const string Members = """
        "id":"cfaa672e-cf6e-4192-8736-254ca954928c","name":"Torre de Innovación Norte","latitude":19.4326,"longitude":-99.1332,"timezone":"America/Mexico_City",
        "address":"Av. Reforma 1","contacts":["house@example.com"],"createdAt":"2099-01-02T10:00:00.000Z","updatedAt":"2099-01-02T10:00:00.000Z","_count":{"spaces":1}
        """;

    private const string Example = $"{{{Members}}}";

    internal static readonly Operation List = new("Lists locations") { Description = "By name.", Gives = Examples.Page(Example) };

    internal static readonly Operation Get = new("Reads a location with its spaces")
    {
        Gives = $$"""
            {{{Members}},"spaces":[{"id":"b6194839-7438-4587-a52e-eeef27d00282","locationId":"cfaa672e-cf6e-4192-8736-254ca954928c","name":"Sala Azul","reference":null,
            "capacity":8,"description":null,"kind":"meeting_room","bookable":true,"active":true,
            "createdAt":"2099-01-02T10:00:00.000Z","updatedAt":"2099-01-02T10:00:00.000Z"}]}
            """,
        Refuses = [LocationRefusals.NotFound],
    };

    internal static readonly Operation Register = new("Registers a location")
    {
        Takes = """{"name":"Torre de Innovación Norte","latitude":19.4326,"longitude":-99.1332,"timezone":"America/Mexico_City","contacts":["house@example.com"]}""",
        Gives = Example,
    };

    internal static readonly Operation Change = new("Changes a location")
    {
        Description = "Only what is named changes; null clears what may be empty.",
        Takes = """{"name":"Torre Norte","address":null}""",
        Gives = Example,
        Refuses = [LocationRefusals.NotFound],
    };

    internal static readonly Operation Remove = new("Removes a location that has no spaces") { Refuses = [LocationRefusals.NotFound, LocationRefusals.HasSpaces] };
}
