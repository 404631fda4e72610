using System.Data.Common;
using Coworking.Reservations.Database;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Coworking.Reservations.Bookings;

/// <summary>Counts the statuses that bookings took once they have committed: what is undone, tried again or only rehearsed is none.</summary>
internal sealed class BookingsCounted(ReservationsMetrics metrics) : DbTransactionInterceptor
{
    public override ValueTask<DbTransaction> TransactionStartedAsync(
        DbConnection connection, TransactionEndEventData eventData, DbTransaction result, CancellationToken cancellationToken = default)
    {
        Forget(eventData.Context);
        return ValueTask.FromResult(result);
    }

    public override Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        if (eventData.Context is ReservationsDb db)
        {
            db.StatusesTaken.ForEach(metrics.Changed);
            db.StatusesTaken.Clear();
        }

        return Task.CompletedTask;
    }

    // Under an Idempotency-Key a decision is undone within the transaction of the request, which makes only that one.
    public override Task RolledBackToSavepointAsync(DbTransaction transaction, TransactionEventData eventData, CancellationToken cancellationToken = default)
    {
        Forget(eventData.Context);
        return Task.CompletedTask;
    }

    // A context from the pool may have been left with what never committed.
    private static void Forget(DbContext? context) => (context as ReservationsDb)?.StatusesTaken.Clear();
}
