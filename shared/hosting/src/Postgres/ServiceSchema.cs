namespace Coworking.Hosting.Postgres;

/// <summary>The PostgreSQL schema that a service owns: a constant of the service, never input, so it may stand in SQL text.</summary>
/// <param name="Name">snake_case.</param>
public sealed record ServiceSchema(string Name)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}
