using Coworking.Hosting.OpenApi;

namespace Coworking.Reservations.OfficeHours;

/// <summary>What the document says of office hours.</summary>
internal static class OfficeHoursDescribed
{
    private const string Example = """
        {"id":"0199d2a4-7c1e-7b60-9f0a-5d2c8f3e1a20","spaceId":"b6194839-7438-4587-a52e-eeef27d00282","openTime":"09:00","closeTime":"18:00",
        "timezone":"America/Mexico_City","workDays":[1,2,3,4,5],"createdAt":"2099-01-02T10:00:00.000Z","updatedAt":"2099-01-02T10:00:00.000Z"}
        """;

    internal static readonly Operation Get = new("Reads the office hours of a space")
    {
        Gives = Example,
        Refuses = [OfficeHoursRefusals.SpaceNotFound, OfficeHoursRefusals.NotFound],
    };

    internal static readonly Operation Set = new("Sets the office hours of a space")
    {
        Description = "What is not named stays, or is as usual: 09:00 to 18:00 from Monday (1) to Friday.",
        Takes = """{"openTime":"08:00","closeTime":"20:00","workDays":[1,2,3,4,5]}""",
        Gives = Example,
        Refuses = [OfficeHoursRefusals.SpaceNotFound],
    };
}
