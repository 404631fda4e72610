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

    /// <summary>Says it where a twin that had diverged is equal again. Within the transaction that made it so, under the twin's lock.</summary>
    public static async Task SettleAsync(NpgsqlConnection connection, Twin before, Twin after, Effects effects, CancellationToken cancellationToken)
    {
        if (before.Status != Diverged || after.Status == Diverged)
        {
            return;
        }

        await AlertBook.ResolveAsync(connection, after.SpaceId, AlertKind.TwinDivergence, AlertResolution.BackToNormal, effects, cancellationToken);
        var id = Guid.CreateVersion7(effects.Now);
        effects.Say(id, new TwinConverged(id, effects.Now, after.Version, after.SpaceId));
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
