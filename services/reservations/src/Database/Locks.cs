using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Coworking.Reservations.Database;

/// <summary>
/// Rows read under a lock: nobody else changes them until the transaction ends. Whoever locks several goes booking, location, space, client;
/// only a space that takes its bookings to another location and a location that sets its clock right go backwards, and are tried again where that deadlocks.
/// </summary>
internal static class Locks
{
    private static readonly ConcurrentDictionary<Type, string> Selects = new();

    /// <summary>The rows that meet a condition.</summary>
    /// <param name="db">Within a transaction.</param>
    /// <param name="where">Condition and order; {0}, {1}, … stand for the values.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="values">What clients and callers say comes only here.</param>
    internal static Task<List<T>> LockAsync<T>(this ReservationsDb db, string where, CancellationToken cancellationToken, params object[] values)
        where T : class
    {
        var select = Selects.GetOrAdd(typeof(T), _ => Select(db.Model.FindEntityType(typeof(T))!));
#pragma warning disable EF1002 // The text is the model's and the callers' own; everything from outside is a value.
        return db.Set<T>().FromSqlRaw($"{select} where {where} for no key update", values).ToListAsync(cancellationToken);
#pragma warning restore EF1002
    }

    // By name and not by *: a prepared statement must survive the column that the next version adds.
    private static string Select(IEntityType type) =>
        $"select {string.Join(", ", type.GetProperties().Select(property => property.GetColumnName()))} from {type.GetTableName()}";
}
