namespace Coworking.SystemTests.Running;

/// <summary>A space that a test has to itself.</summary>
internal sealed record TestSpace(Guid Id, Guid LocationId, string Name, int Capacity)
{
    internal string Iot => $"/api/v1/iot/spaces/{Id}";

    internal string Topic(string leaf) => $"sites/{LocationId}/offices/{Id}/{leaf}";
}
