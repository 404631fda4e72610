using System.ComponentModel.DataAnnotations;
using Coworking.Contracts;
using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Hosting.Problems;
using Coworking.IotIngest.Live;
using Coworking.IotIngest.Spaces;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using Npgsql;

namespace Coworking.IotIngest.Twins;

/// <summary>PATCH /iot/spaces/:id/desired: what the device should do from now on. Stored here; the publisher brings it to the broker.</summary>
internal static class SetDesired
{
    internal sealed record Request([property: Range(1, 3600)] int? SamplingIntervalSec, [property: Range(100, 5000)] int? Co2AlertThreshold);

    internal sealed record Row(
        Guid Id,
        Guid SpaceId,
        int SamplingIntervalSec,
        int Co2AlertThreshold,
        DateTimeOffset UpdatedAt,
        long Version,
        bool Published,
        TwinDesired Desired,
        TwinReported? Reported,
        IReadOnlyDictionary<string, TwinDifference> Delta,
        string Status,
        DateTimeOffset? Since)
    {
        public static Row Of(Twin twin) => new(
            twin.Id, twin.SpaceId, twin.Desired!.SamplingIntervalSec, twin.Desired.Co2AlertThreshold, twin.DesiredAt!.Value, twin.DesiredVersion,
            twin.PublishedVersion == twin.DesiredVersion, twin.Desired, twin.Reported, twin.Delta, twin.Status, twin.StatusSince);
    }

    internal static async Task<Results<Ok<Row>, ProblemHttpResult>> Handle(
        RouteId id, Request request, HttpContext context, Caller caller, NpgsqlDataSource database, TimeProvider clock, CancellationToken cancellationToken)
    {
        if ((DesiredTag.Read(context.Request, out var tags) ?? Refuse(request)) is { } refusal)
        {
            return refusal.ToProblem();
        }

        var (twin, objection) = await StoreAsync(id, request, tags, caller.Subject, database, clock, cancellationToken);

        if (twin is not null)
        {
            context.Response.Headers.ETag = DesiredTag.Of(twin.DesiredVersion);
        }

        return objection is null ? TypedResults.Ok(Row.Of(twin!)) : objection.ToProblem();
    }

    /// <summary>Stores what is desired and answers the twin as it is then; with an objection it is unchanged, or there is none.</summary>
    internal static async Task<(Twin? Twin, Refusal? Objection)> StoreAsync(
        Guid id, Request request, IList<EntityTagHeaderValue> tags, string by, NpgsqlDataSource database, TimeProvider clock, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        if (!await SpaceQueries.ExistsAsync(connection, id, cancellationToken))
        {
            return (null, SpaceRefusals.NotFound);
        }

        var before = await Twin.LockAsync(connection, id, cancellationToken);

        if (!DesiredTag.Matches(tags, before.DesiredVersion))
        {
            return (before, TwinRefusals.VersionStale(before.DesiredVersion));
        }

        var desired = new TwinDesired(
            request.SamplingIntervalSec ?? before.Desired?.SamplingIntervalSec ?? Space.DefaultSamplingSeconds,
            request.Co2AlertThreshold ?? before.Desired?.Co2AlertThreshold ?? Space.DefaultCo2ThresholdPpm);

        if (desired == before.Desired)
        {
            return (before, null);
        }

        var now = clock.GetUtcNow();
        var twin = before.Desire(desired, now);
        await UpdateAsync(connection, twin, now, cancellationToken);
        await TwinHistory.AddAsync(connection, twin, by, cancellationToken);
        var effects = new Effects(now);
        var messageId = Guid.CreateVersion7(now);
        effects.Say(messageId, twin.Changed(messageId, now));
        effects.Show("twin_update", twin.SpaceId, twin.LocationId, new TwinUpdate(twin.SpaceId, "desired", desired, now));
        await TwinStatus.SettleAsync(connection, TwinStatus.HasConverged(before, twin) ? [twin] : [], effects, cancellationToken);
        await effects.WriteAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return (twin, null);
    }

    private static async Task UpdateAsync(NpgsqlConnection connection, Twin twin, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"""
            with changed as (
                update twins set desired_sampling_sec = $2, desired_co2_threshold = $3, desired_version = $4, desired_at = $5, version = $6, status = $8, status_since = $9,
                    desired_published_at = null
                where space_id = $1)
            select pg_notify('{SpaceDirectory.Channel}', $7), pg_notify('{DesiredPublisher.Channel}', '')
            """, connection);
        command.Parameters.Add(new() { Value = twin.SpaceId });
        command.Parameters.Add(new() { Value = twin.Desired!.SamplingIntervalSec });
        command.Parameters.Add(new() { Value = twin.Desired.Co2AlertThreshold });
        command.Parameters.Add(new() { Value = twin.DesiredVersion });
        command.Parameters.Add(new() { Value = now.UtcDateTime });
        command.Parameters.Add(new() { Value = twin.Version });
        command.Parameters.Add(new() { Value = twin.SpaceId.ToString() });
        command.Parameters.Add(new() { Value = twin.Status });
        command.Parameters.Add(new() { Value = twin.StatusSince!.Value.UtcDateTime });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static Refusal? Refuse(Request request)
    {
        var errors = new Dictionary<string, string[]>();

        if (request is { SamplingIntervalSec: null, Co2AlertThreshold: null })
        {
            errors["samplingIntervalSec"] = ["Give samplingIntervalSec or co2AlertThreshold"];
        }

        if (request.SamplingIntervalSec is < 1 or > 3600)
        {
            errors["samplingIntervalSec"] = ["samplingIntervalSec must be from 1 to 3600"];
        }

        if (request.Co2AlertThreshold is < 100 or > 5000)
        {
            errors["co2AlertThreshold"] = ["co2AlertThreshold must be from 100 to 5000"];
        }

        return errors.Count == 0 ? null : new Refusal(StatusCodes.Status400BadRequest, ProblemShape.InvalidRequest, errors.Values.First()[0]) { Errors = errors };
    }
}
