using Coworking.Hosting.Problems;

namespace Coworking.Reservations.Idempotency;

/// <summary>Every "no" about keys.</summary>
internal static class IdempotencyRefusals
{
    internal static Refusal KeyInvalid { get; } = new(
        StatusCodes.Status400BadRequest, "idempotency.key_invalid", $"Idempotency-Key must be one value of 1 to {RequestKey.MaxLength} printable ASCII characters");

    internal static Refusal KeyReused { get; } = new(
        StatusCodes.Status422UnprocessableEntity, "idempotency.key_reused", "This Idempotency-Key was used here for another request; take a new one");

    internal static Refusal InProgress { get; } = new(
        StatusCodes.Status409Conflict, "idempotency.in_progress", "A request with this Idempotency-Key is still running; try again shortly");
}
