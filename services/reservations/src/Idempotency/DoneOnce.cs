using Coworking.Hosting.Identity;
using Coworking.Hosting.Problems;
using Coworking.Reservations.Database;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Coworking.Reservations.Idempotency;

/// <summary>
/// A POST with an Idempotency-Key is done once. The whole request runs in one transaction: what it changes and the answer it gave commit together, so that
/// whoever is killed in between leaves either both or nothing. Only 2xx answers are kept; after a refusal the key is free again.
/// </summary>
internal sealed class DoneOnce(RequestDelegate next)
{
    /// <summary>Marks a route where a key means nothing: its answer tells a secret and must not be kept, or what it does no transaction undoes.</summary>
    internal sealed record Never;

    public async Task InvokeAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method)
            || !context.Request.Headers.TryGetValue(RequestKey.Header, out var header)
            || context.GetEndpoint() is not { } endpoint
            || endpoint.Metadata.GetMetadata<Never>() is not null
            || context.Features.Get<Caller>() is not { } caller)
        {
            await next(context);
            return;
        }

        if (header.Count != 1 || !RequestKey.IsValid(header.ToString()))
        {
            await RefuseAsync(context, IdempotencyRefusals.KeyInvalid);
            return;
        }

        var key = await RequestKey.ReadAsync(context, $"{caller.Kind} {caller.Subject}", header.ToString(), context.RequestAborted);
        var db = context.RequestServices.GetRequiredService<ReservationsDb>();
        await (endpoint.Metadata.GetMetadata<KeyClaim.Here>() is null ? RunAsync(context, key, db) : LeaveAsync(context, key, db));
    }

    /// <summary>The handler takes the key in a transaction of its own; here is only answered who finds it taken.</summary>
    private async Task LeaveAsync(HttpContext context, RequestKey key, ReservationsDb db)
    {
        context.Features.Set(key);

        try
        {
            await next(context);
        }
        catch (PostgresException e) when (KeyClaim.IsRefused(e) && !context.Response.HasStarted)
        {
            var now = context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
            await using var transaction = await db.Database.BeginTransactionAsync(context.RequestAborted);
            await RefuseTakenAsync(context, key, (await KeptAnswer.ClaimAsync(db, key, now, context.RequestAborted)).Kept);
        }
    }

    private async Task RunAsync(HttpContext context, RequestKey key, ReservationsDb db)
    {
        var now = context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(context.RequestAborted);
        var (isOurs, kept) = await KeptAnswer.ClaimAsync(db, key, now, context.RequestAborted);

        if (kept is not null || !isOurs)
        {
            await RefuseTakenAsync(context, key, kept);
            return;
        }

        db.IsRehearsal = false;
        var answer = await CaptureAsync(context);

        // A rehearsal judges anew each time, and its key is still good for the real thing.
        if (context.Response.StatusCode is >= 200 and < 300 && !db.IsRehearsal)
        {
            var headers = context.Response.Headers;
            var made = new KeptAnswer(key.Hash, context.Response.StatusCode, context.Response.ContentType, headers.Location, headers.ETag, answer);
            await made.KeepAsync(db, key, now);
            await transaction.CommitAsync(CancellationToken.None);
        }

        // Nobody hears of it before it has committed.
        await WriteAsync(context, answer);
    }

    private static Task RefuseTakenAsync(HttpContext context, RequestKey key, KeptAnswer? kept)
    {
        if (kept is not null)
        {
            return kept.Hash.AsSpan().SequenceEqual(key.Hash) ? RepeatAsync(context, kept) : RefuseAsync(context, IdempotencyRefusals.KeyReused);
        }

        context.Response.Headers.RetryAfter = "1";
        return RefuseAsync(context, IdempotencyRefusals.InProgress);
    }

    private async Task<byte[]> CaptureAsync(HttpContext context)
    {
        var wire = context.Response.Body;
        using var memory = new MemoryStream();
        context.Response.Body = memory;

        try
        {
            await next(context);
            return memory.ToArray();
        }
        finally
        {
            context.Response.Body = wire;
        }
    }

    private static async Task RepeatAsync(HttpContext context, KeptAnswer kept)
    {
        var response = context.Response;
        (response.StatusCode, response.ContentType) = (kept.Status, kept.ContentType);
        response.Headers.Location = kept.Location;
        response.Headers.ETag = kept.ETag;
        response.Headers["Idempotency-Replayed"] = "true";
        await WriteAsync(context, kept.Body);
    }

    // An answer without content may not have even none.
    private static async Task WriteAsync(HttpContext context, byte[] body)
    {
        if (body.Length > 0)
        {
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }
    }

    private static Task RefuseAsync(HttpContext context, Refusal refusal)
    {
        context.RequestServices.GetRequiredService<ReservationsMetrics>().Refused(refusal.Code);
        return refusal.ToProblem().ExecuteAsync(context);
    }
}
