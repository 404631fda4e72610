using System.Diagnostics;
using Coworking.Hosting.Http;
using Coworking.Reservations.Database;
using Coworking.Reservations.Idempotency;

namespace Coworking.Reservations.Bookings;

/// <summary>A request for a booking that may be placed together with others.</summary>
/// <param name="wish">What is wanted.</param>
/// <param name="terms">On what terms.</param>
/// <param name="now">When it was asked for.</param>
/// <param name="claim">The key it came with; null where it came with none.</param>
/// <param name="answer">What its key keeps.</param>
internal sealed class Placing(
    BookingWish wish, Terms terms, DateTimeOffset now, KeyClaim? claim, Func<Booking, KeyClaim.Answer> answer)
{
    private readonly TaskCompletionSource<Outcome<Booking>?> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal BookingWish Wish => wish;

    internal Terms Terms => terms;

    internal DateTimeOffset Now => now;

    internal KeyClaim? Claim => claim;

    /// <summary>The request's, which what is said of the booking belongs to.</summary>
    internal Activity? Activity { get; } = Activity.Current;

    /// <summary>What of it no other of its group may have too: they would wait for each other.</summary>
    internal object[] Marks { get; } = [wish.SpaceId, EmailAddress.Key(wish.ClientEmail), claim?.LockNumber ?? new object()];

    /// <summary>What came of it; null: place it alone.</summary>
    internal Task<Outcome<Booking>?> Done => _done.Task;

    internal KeyClaim.Answer AnswerTo(Booking booking) => answer(booking);

    internal void End(Outcome<Booking>? outcome) => _done.TrySetResult(outcome);

    internal void Fail(Exception e) => _done.TrySetException(e);
}
