using System.Collections.Concurrent;
using System.Text.Json;

namespace Coworking.Faults.Fuzz;

/// <summary>What the run itself has made, so that requests reach more than "not found" and nothing that was there before is ever changed.</summary>
internal sealed class Ids
{
    private const int MostOfAKind = 50;

    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _made = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Keeps the ids of a 201, by the collection that it was made in, e.g. locations.</summary>
    public void Remember(string path, JsonElement made)
    {
        var kind = Kind(path);

        foreach (var name in (string[])["id", "serialNumber", "apiKey", "token"])
        {
            if (made.ValueKind == JsonValueKind.Object && made.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String)
            {
                Add(name == "id" ? kind : name, value.GetString()!);
            }
        }
    }

    public void Add(string kind, string id)
    {
        var queue = _made.GetOrAdd(kind, _ => new ConcurrentQueue<string>());
        queue.Enqueue(id);

        // The newest: the older ones have been deleted by now, as often as not.
        while (queue.Count > MostOfAKind)
        {
            queue.TryDequeue(out _);
        }
    }

    /// <summary>Any one of a kind; null where none was made.</summary>
    public string? Any(string kind, Random random) => _made.TryGetValue(kind, out var queue) && queue.ToArray() is { Length: > 0 } ids ? ids[random.Next(ids.Length)] : null;

    /// <summary>What a parameter of a path means: /api/v1/iot/spaces/{id}/twin wants one of spaces.</summary>
    public string? ForPath(string path, string parameter, Random random) => parameter switch
    {
        "serial" => Any("serialNumber", random),
        "token" => Any("token", random),
        _ => Any(Kind(path[..path.IndexOf($"{{{parameter}}}", StringComparison.Ordinal)]), random),
    };

    /// <summary>What a member of a body or a query means: spaceId wants one of spaces.</summary>
    public string? ForMember(string name, Random random) => name.Length > 2 && name.EndsWith("Id", StringComparison.Ordinal) ? Any(name[..^2] + "s", random) : null;

    private static string Kind(string path) => path.TrimEnd('/').Split('/')[^1];
}
