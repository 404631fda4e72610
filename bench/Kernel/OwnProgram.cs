namespace Coworking.Bench;

/// <summary>How this very program is started as a process of its own, before its words.</summary>
internal static class OwnProgram
{
    public static string[] Words =>
        [Environment.ProcessPath!, .. Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? new[] { typeof(OwnProgram).Assembly.Location } : []];
}
