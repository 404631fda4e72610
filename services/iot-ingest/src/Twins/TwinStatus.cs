using Coworking.Contracts;
using Coworking.IotIngest.Alerts;
using Coworking.IotIngest.Live;
using Npgsql;

namespace Coworking.IotIngest.Twins;

/// <summary>How the halves of a twin stand to one another.</summary>
internal static class TwinStatus
{
    /// <summary>Equal, or nothing is desired.</summary>
    public const string Sync = "sync";

    /// <summary>Different, and not for too long yet.</summary>
    public const string Pending = "pending";

    /// <summary>Different for too long; said on the bus and as an alert.</summary>
    public const string Diverged = "diverged";

    /// <summary>True where a twin that had diverged is equal again.</summary>
    public static bool HasConverged(Twin before, Twin after) => before.Status == Diverged && after.Status != Diverged;

    /// <summary>Says that these twins have converged, as they were then. Within the transaction that made it so, under their locks.</summary>
    public static async Task SettleAsync(NpgsqlConnection connection, List<Twin> converged, Effects effects, CancellationToken cancellationToken)
    {
        if (converged.Count == 0)
        {
            return;
        }

        await AlertBook.ResolveAllAsync(connection, converged.ConvertAll(twin => twin.SpaceId), AlertKind.TwinDivergence, AlertResolution.BackToNormal, effects, cancellationToken);

        foreach (var twin in converged)
        {
            var id = Guid.CreateVersion7(effects.Now);
            effects.Say(id, new TwinConverged(id, effects.Now, twin.Version, twin.SpaceId));
        }
    }
}

/// <summary>A field in which the halves of a twin differ; Reported is null where the device has never said it.</summary>
internal sealed record TwinDifference(int Desired, int? Reported)
{
    public static Dictionary<string, TwinDifference> Between(TwinDesired? desired, TwinReported? reported)
    {
        var delta = new Dictionary<string, TwinDifference>();

        if (desired is null)
        {
            return delta;
        }

        Compare("samplingIntervalSec", desired.SamplingIntervalSec, reported?.SamplingIntervalSec);
        Compare("co2AlertThreshold", desired.Co2AlertThreshold, reported?.Co2AlertThreshold);
        return delta;

        void Compare(string field, int asked, int? said)
        {
            if (asked != said)
            {
                delta[field] = new TwinDifference(asked, said);
            }
        }
    }
}
