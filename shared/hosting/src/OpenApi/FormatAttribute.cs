namespace Coworking.Hosting.OpenApi;

/// <summary>The form of a member that the code reads as text, to tell all that is wrong with a request at once: uuid, date-time, date, email, uri.</summary>
/// <param name="name">A format of JSON schema.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class FormatAttribute(string name) : Attribute
{
    /// <summary>A format of JSON schema.</summary>
    public string Name { get; } = name;
}
