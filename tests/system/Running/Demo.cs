namespace Coworking.SystemTests.Running;

/// <summary>The demo data that wire.md promises.</summary>
internal static class Demo
{
    internal const string AdminKey = "admin-secret-key-123";
    internal const string UserKey = "user-secret-key-456";

    internal static readonly Guid North = new("cfaa672e-cf6e-4192-8736-254ca954928c");
    internal static readonly Guid South = new("3f1c44fe-d226-4c7a-9192-15c547011bda");
    internal static readonly Guid SalaAzul = new("b6194839-7438-4587-a52e-eeef27d00282");
    internal static readonly Guid Verde = new("7058a9a0-0fe6-4b77-b926-43ab0051eaee");
    internal static readonly Guid Cabina = new("d7ec71e6-263f-4cf2-a712-9e842f7694f4");
    internal static readonly Guid SalaPrincipal = new("8a3be298-fde7-4e7f-9250-44ba968760a8");

    /// <summary>The zone of every demo location, and of every location that names none.</summary>
    internal static readonly TimeZoneInfo Zone = TimeZoneInfo.FindSystemTimeZoneById("America/Mexico_City");
}

/// <summary>Times on the wall of the demo's zone.</summary>
internal static class LocalTime
{
    internal static DateOnly Today => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(TimeProvider.System.GetUtcNow(), Demo.Zone).DateTime);

    internal static DateTimeOffset At(DateOnly day, int hour, int minute = 0) =>
        new(TimeZoneInfo.ConvertTimeToUtc(day.ToDateTime(new TimeOnly(hour, minute)), Demo.Zone), TimeSpan.Zero);

    /// <summary>The latest Wednesday that is over everywhere.</summary>
    internal static DateOnly PastWednesday
    {
        get
        {
            var day = Today.AddDays(-2);
            return day.AddDays(-(((int)day.DayOfWeek - (int)DayOfWeek.Wednesday + 7) % 7));
        }
    }

    /// <summary>A Monday to come, so many weeks after the next one.</summary>
    internal static DateOnly ComingMonday(int weeks = 0) => Today.AddDays(((int)DayOfWeek.Monday - (int)Today.DayOfWeek + 6) % 7 + 1 + (7 * weeks));
}
