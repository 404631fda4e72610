namespace Coworking.Bench;

/// <summary>How much is done: to see whether it works at all, to get a number in a few minutes, or the workload of docs/performance.md whole.</summary>
internal enum Size
{
    Smoke,
    Standard,
    Full,
}

/// <summary>What the command line says of a run.</summary>
/// <param name="Rounds">Rounds that count; one more is run before them and dropped.</param>
/// <param name="Size">How much.</param>
internal sealed record RunOptions(int Rounds, Size Size)
{
    public T Pick<T>(T smoke, T standard, T full) => Size switch
    {
        Size.Smoke => smoke,
        Size.Full => full,
        _ => standard,
    };
}
