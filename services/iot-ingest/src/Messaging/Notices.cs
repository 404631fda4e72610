using Coworking.IotIngest.Database;
using Coworking.IotIngest.Spaces;
using Coworking.IotIngest.Twins;
using Microsoft.EntityFrameworkCore;

namespace Coworking.IotIngest.Messaging;

/// <summary>One replica gets a message; all of them must know.</summary>
internal static class Notices
{
    /// <summary>Every replica reads the space again (all of them where null) once the transaction commits; the publisher looks whether a topic moved.</summary>
    public static Task TellReplicasAsync(this IotDb db, Guid? spaceId, CancellationToken cancellationToken) => db.Database.ExecuteSqlAsync(
        $"select pg_notify({SpaceDirectory.Channel}, {spaceId?.ToString() ?? ""}), pg_notify({DesiredPublisher.Channel}, '')", cancellationToken);
}
