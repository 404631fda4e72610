using Coworking.Hosting.OpenApi;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.ApiExplorer;

namespace Coworking.Reservations.Idempotency;

/// <summary>What the document says of Idempotency-Key: it is on every address where <see cref="DoneOnce"/> heeds it.</summary>
internal static class IdempotencyDescribed
{
    private static readonly Field Key =
        Field.Of(RequestKey.Header, "The request is done once, however often it is sent with the same key; a repetition gets the first answer", RequestKey.MaxLength);

    internal static Operation Complete(ApiDescription description, Operation operation)
    {
        var metadata = description.ActionDescriptor.EndpointMetadata;
        return description.HttpMethod == HttpMethods.Post && !metadata.Any(one => one is DoneOnce.Never or IAllowAnonymous)
            ? operation with
            {
                Headers = [.. operation.Headers, Key],
                Refuses = [.. operation.Refuses, IdempotencyRefusals.KeyInvalid, IdempotencyRefusals.InProgress, IdempotencyRefusals.KeyReused],
            }
            : operation;
    }
}
