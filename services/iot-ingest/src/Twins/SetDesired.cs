using Coworking.Contracts;
using Coworking.Hosting.Http;
using Coworking.Hosting.Problems;
using Coworking.IotIngest.Live;
using Coworking.IotIngest.Spaces;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.IotIngest.Twins;

/// <summary>PATCH /iot/spaces/:id/desired: what the device should do from now on. Stored here; the publisher brings it to the broker.</summary>
internal static class SetDesired
{
    internal sealed record Request(int? SamplingIntervalSec, int? Co2AlertThreshold);

    internal sealed record Row(
        Guid Id, Guid SpaceId, int SamplingIntervalSec, int Co2AlertThreshold, DateTimeOffset UpdatedAt, long Version, bool Published, TwinDesired Desired, TwinReported? Reported)
    {
        public static Row Of(Twin twin) => new(
            twin.Id, twin.SpaceId, twin.Desired!.SamplingIntervalSec, twin.Desired.Co2AlertThreshold, twin.DesiredAt!.Value, twin.DesiredVersion,
            twin.PublishedVersion == twin.DesiredVersion, twin.Desired, twin.Reported);
    }

    internal static async Task<Results<Ok<Row>, ProblemHttpResult>> Handle(
        RouteId id, Request request, NpgsqlDataSource database, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (Refuse(request) is { } refusal)
        {
            return refusal.ToProblem();
        }

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        if (!await SpaceQueries.ExistsAsync(connection, id, cancellationToken))
        {
            return SpaceRefusals.NotFound.ToProblem();
        }

        await Twin.EnsureAsync(connection, id, cancellationToken);
        var before = (await Twin.FindAsync(connection, id, forUpdate: true, cancellationToken))!;
        var desired = new TwinDesired(
            request.SamplingIntervalSec ?? before.Desired?.SamplingIntervalSec ?? Space.DefaultSamplingSeconds,
            request.Co2AlertThreshold ?? before.Desired?.Co2AlertThreshold ?? Space.DefaultCo2ThresholdPpm);

        if (desired == before.Desired)
        {
            return TypedResults.Ok(Row.Of(before));
        }

        var now = clock.GetUtcNow();
        var twin = before with { Desired = desired, DesiredVersion = before.DesiredVersion + 1, DesiredAt = now, Version = before.Version + 1 };
        await UpdateAsync(connection, twin, now, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return TypedResults.Ok(Row.Of(twin));
    }

    private static async Task UpdateAsync(NpgsqlConnection connection, Twin twin, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"""
            with changed as (
                update twins set desired_sampling_sec = $2, desired_co2_threshold = $3, desired_version = $4, desired_at = $5, version = $6 where space_id = $1)
            select pg_notify('{SpaceDirectory.Channel}', $7), pg_notify('{DesiredPublisher.Channel}', '')
            """, connection);
        command.Parameters.Add(new() { Value = twin.SpaceId });
        command.Parameters.Add(new() { Value = twin.Desired!.SamplingIntervalSec });
        command.Parameters.Add(new() { Value = twin.Desired.Co2AlertThreshold });
        command.Parameters.Add(new() { Value = twin.DesiredVersion });
        command.Parameters.Add(new() { Value = now.UtcDateTime });
        command.Parameters.Add(new() { Value = twin.Version });
        command.Parameters.Add(new() { Value = twin.SpaceId.ToString() });
        await command.ExecuteNonQueryAsync(cancellationToken);
        var effects = new Effects(now);
        var id = Guid.CreateVersion7(now);
        effects.Say(id, twin.Changed(id, now));
        effects.Show("twin_update", twin.SpaceId, twin.LocationId, new TwinUpdate(twin.SpaceId, "desired", twin.Desired, now));
        await effects.WriteAsync(connection, cancellationToken);
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
