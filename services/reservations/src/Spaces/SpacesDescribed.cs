using Coworking.Hosting.OpenApi;

namespace Coworking.Reservations.Spaces;

/// <summary>What the document says of spaces.</summary>
internal static class SpacesDescribed
{
    private const string Members = """
        "id":"b6194839-7438-4587-a52e-eeef27d00282","locationId":"cfaa672e-cf6e-4192-8736-254ca954928c","name":"Sala Azul","reference":"2nd floor","capacity":8,
        "description":null,"kind":"meeting_room","bookable":true,"active":true,"amenities":["whiteboard"],"climate":{"tempMin":19,"tempMax":26,"doorOpenSeconds":null},
        "bufferBefore":0,"bufferAfter":15,"createdAt":"2099-01-02T10:00:00.000Z","updatedAt":"2099-01-02T10:00:00.000Z","_count":{"bookings":2}
        """;

    private const string Place = """
        "id":"cfaa672e-cf6e-4192-8736-254ca954928c","name":"Torre de Innovación Norte","latitude":19.4326,"longitude":-99.1332
        """;

    private const string Example = $$"""{{{Members}},"location":{ {{Place}} } }""";

    internal static readonly Operation List = new("Lists spaces")
    {
        Description = "By name. An unknown location simply has none.",
        Gives = Examples.Page(Example),
        Query = [Field.Uuid("locationId", "Only of this location")],
    };

    internal static readonly Operation Get = new("Reads a space with its location, its office hours and its device's twin")
    {
        Gives = $$"""
            {{{Members}},"location":{{{Place}},"timezone":"America/Mexico_City","address":null,"contacts":[],
            "createdAt":"2099-01-02T10:00:00.000Z","updatedAt":"2099-01-02T10:00:00.000Z"},"officeHours":null,"deviceDesired":null,"deviceReported":null}
            """,
        Refuses = [SpaceRefusals.NotFound],
    };

    internal static readonly Operation Register = new("Registers a space")
    {
        Description = "What is not said is what most spaces are: a meeting room in use, bookable unless its kind is only monitored.",
        Takes = """{"locationId":"cfaa672e-cf6e-4192-8736-254ca954928c","name":"Sala Azul","capacity":8,"amenities":["whiteboard"],"bufferAfter":15}""",
        Gives = Example,
        Refuses = [SpaceRefusals.LocationNotFound],
    };

    internal static readonly Operation Change = new("Changes a space")
    {
        Description = "Only what is named changes; null clears what may be empty.",
        Takes = """{"capacity":10,"description":"With a view"}""",
        Gives = Example,
        Refuses = [SpaceRefusals.NotFound, SpaceRefusals.LocationNotFound],
    };

    internal static readonly Operation Remove = new("Removes a space that has no bookings to come") { Refuses = [SpaceRefusals.NotFound, SpaceRefusals.HasBookings] };
}
