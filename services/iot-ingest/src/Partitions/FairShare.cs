namespace Coworking.IotIngest.Partitions;

/// <summary>How many partitions each replica should hold, from the list of those alive alone: all come to the same answer without talking.</summary>
internal static class FairShare
{
    /// <param name="alive">Ids of the replicas that are alive.</param>
    /// <param name="self">One of them, or a newcomer that is not listed yet.</param>
    /// <param name="partitions">How many there are to share.</param>
    public static int Of(IReadOnlyCollection<string> alive, string self, int partitions)
    {
        var sorted = alive.Append(self).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var rank = sorted.IndexOf(self);
        return (partitions / sorted.Count) + (rank < partitions % sorted.Count ? 1 : 0);
    }
}
