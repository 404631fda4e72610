using System.Text.Json;
using Coworking.Hosting.Problems;
using Coworking.IotIngest.Database;
using Coworking.IotIngest.Ingest;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Coworking.IotIngest.Devices;

/// <summary>POST /readings/devices/:serial/readings: what a device has stored, by the way that MQTT messages take. Answered after the commit.</summary>
internal sealed class PostReadings(
    NpgsqlDataSource database, IngestQueue queue, SpaceDirectory spaces, DeviceDirectory devices, ReadingsGate gate, IngestMetrics metrics,
    IOptions<IotIngestOptions> options, TimeProvider clock)
{
    // Longer than a batch in a slow moment, shorter than what the gateway waits: a device that hears nothing cannot know what to do.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    internal sealed record Answer(int Accepted, int Duplicate, int Rejected, IReadOnlyList<ReadingsInlet.Item> Items);

    internal static Task<Results<Created<Answer>, ProblemHttpResult>> Handle(string serial, HttpContext context, PostReadings readings) =>
        readings.HandleAsync(serial, context);

    private async Task<Results<Created<Answer>, ProblemHttpResult>> HandleAsync(string serial, HttpContext context)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        limit.CancelAfter(Limit);

        try
        {
            var (refusal, device, space) = await WhoAsync(serial, context.Request.Headers["x-device-key"].ToString(), limit.Token);

            if (refusal is not null)
            {
                return refusal.ToProblem();
            }

            using var place = await gate.EnterAsync(context.Request.ContentLength, limit.Token);

            if (!place.IsAcquired)
            {
                return Busy(context);
            }

            using var body = await ParseAsync(context.Request.Body, limit.Token);
            return ReadingsBody.Read(body.RootElement, out var elements) is { } wrong
                ? wrong.ToProblem()
                : AnswerOf(await StoreAsync(elements, serial, device, space!, limit.Token), context.Request.Path);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            return Busy(context);
        }
    }

    /// <summary>The key says which device speaks; the table is asked, so that an old key ends at once.</summary>
    private async Task<(Refusal? Refusal, Guid Device, Space? Space)> WhoAsync(string serial, string key, CancellationToken cancellationToken)
    {
        if (key.Length == 0)
        {
            return (DeviceRefusals.MissingKey, default, null);
        }

        await using var command = database.CreateCommand("select id, serial_number, space_id from devices where key_hash = $1");
        command.Parameters.Add(new() { Value = DeviceSecrets.Hash(key) });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        if (!await reader.ReadAsync(cancellationToken))
        {
            return (DeviceRefusals.InvalidKey, default, null);
        }

        if (reader.GetString(1) != serial)
        {
            return (DeviceRefusals.ForeignKey, default, null);
        }

        return spaces.TryGet(reader.GetGuid(2), out var space) ? (null, reader.GetGuid(0), space) : (DeviceRefusals.SpaceGone, default, null);
    }

    private static async Task<JsonDocument> ParseAsync(Stream body, CancellationToken cancellationToken)
    {
        try
        {
            return await JsonDocument.ParseAsync(body, default, cancellationToken);
        }
        catch (JsonException e)
        {
            throw new BadHttpRequestException("The request body is not valid JSON", StatusCodes.Status400BadRequest, e);
        }
    }

    private async Task<ReadingsInlet> StoreAsync(List<JsonElement> elements, string serial, Guid device, Space space, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (oldest, newest) = (Micros.Of(now - options.Value.RawRetention), Micros.Of(now + ReadingDecoder.MaxAhead));
        var inlet = new ReadingsInlet(elements.Count);

        for (var i = 0; i < elements.Count; i++)
        {
            metrics.Received();
            var item = ReadingsBody.Judge(elements[i], serial, space, oldest, newest);
            await queue.WriteAsync(item with { Source = inlet, PacketId = (ushort)i, ReceivedAt = clock.GetTimestamp() }, cancellationToken);
        }

        if (devices.Find(device) is { } known)
        {
            devices.Saw(known, now);
        }

        await inlet.Done.WaitAsync(cancellationToken);
        return inlet;
    }

    /// <summary>201 where anything was taken or known already; 400 where nothing was any good. What was rejected is kept in both cases.</summary>
    private static Results<Created<Answer>, ProblemHttpResult> AnswerOf(ReadingsInlet inlet, string path)
    {
        var answer = new Answer(inlet.Accepted, inlet.Duplicate, inlet.Rejected, [.. inlet.Items.OrderBy(item => item.Index)]);

        if (answer.Accepted + answer.Duplicate > 0)
        {
            return TypedResults.Created(path, answer);
        }

        return (new Refusal(StatusCodes.Status400BadRequest, "readings.rejected", $"No reading was taken: {answer.Items[0].Detail}")
        {
            Extensions = new Dictionary<string, object?> { ["accepted"] = 0, ["duplicate"] = 0, ["rejected"] = answer.Rejected, ["items"] = answer.Items },
        }).ToProblem();
    }

    private static ProblemHttpResult Busy(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "2";
        return DeviceRefusals.Busy.ToProblem();
    }
}
