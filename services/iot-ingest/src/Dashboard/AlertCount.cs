namespace Coworking.IotIngest.Dashboard;

/// <summary>Open alerts; kinds and severities of which there is none are absent.</summary>
internal sealed record AlertCount(int Total, IReadOnlyDictionary<string, int> ByKind, IReadOnlyDictionary<string, int> BySeverity)
{
    public static readonly AlertCount None = new(0, new Dictionary<string, int>(), new Dictionary<string, int>());

    public static AlertCount Of(string[] kinds, string[] severities) => new(kinds.Length, Counted(kinds), Counted(severities));

    public static AlertCount Sum(IEnumerable<AlertCount> counts)
    {
        var all = counts.ToList();
        return new AlertCount(all.Sum(count => count.Total), Added(all.SelectMany(count => count.ByKind)), Added(all.SelectMany(count => count.BySeverity)));
    }

    private static Dictionary<string, int> Counted(string[] words) => words.CountBy(word => word).ToDictionary(StringComparer.Ordinal);

    private static Dictionary<string, int> Added(IEnumerable<KeyValuePair<string, int>> counts) =>
        counts.GroupBy(count => count.Key, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Sum(count => count.Value), StringComparer.Ordinal);
}
