namespace Coworking.Local;

/// <summary>What a <see cref="ChildProcess"/> runs and how it ends.</summary>
public sealed record ChildProcessOptions(string FileName, params IReadOnlyList<string> Arguments)
{
    /// <summary>How messages call it; the file's name when not given.</summary>
    public string? Name { get; init; }

    /// <summary>Added to the environment of this process; null removes a variable.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    public string? WorkingDirectory { get; init; }

    /// <summary>Receives standard output and error, appended; null discards them.</summary>
    public string? LogFile { get; init; }

    /// <summary>Name of the signal that asks it to end, without SIG.</summary>
    public string StopSignal { get; init; } = "TERM";

    /// <summary>How long it may take to end before SIGKILL.</summary>
    public TimeSpan StopLimit { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Runs as this account; only root can ask for it.</summary>
    internal string? User { get; init; }

    /// <summary>A helper that starts before the process and ends after it.</summary>
    internal IReadOnlyList<string> Companion { get; init; } = [];

    /// <summary>Deleted when this process disappears without having cleaned up.</summary>
    internal string? RemoveWhenOrphaned { get; init; }
}
