namespace Coworking.Hosting.OpenApi;

/// <summary>Name of a type in the document, where its own is another's already.</summary>
/// <param name="name">PascalCase, one word of the business.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
public sealed class SchemaNameAttribute(string name) : Attribute
{
    /// <summary>PascalCase.</summary>
    public string Name { get; } = name;
}
