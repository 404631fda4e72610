using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace Coworking.Reservations.Database;

/// <summary>
/// Writes rows that were only added, by the model of EF but without its change pipeline: that costs more than everything else of a booking, and waits for
/// an answer where these can go together with the COMMIT.
/// </summary>
internal static class AddedRows
{
    private static readonly ConcurrentDictionary<IEntityType, Insert> Inserts = new();

    // Only makes parameters.
    private static readonly NpgsqlCommand Maker = new();

    /// <summary>Takes what was added, in the order in which it was; false, and nothing taken, where something else has changed too.</summary>
    internal static bool TryTake(DbContext db, List<NpgsqlBatchCommand> commands)
    {
        var changed = db.ChangeTracker.Entries().Where(entry => entry.State != EntityState.Unchanged).ToList();

        if (!changed.TrueForAll(entry => entry.State == EntityState.Added))
        {
            return false;
        }

        commands.AddRange(changed.Select(entry => Inserts.GetOrAdd(entry.Metadata, Insert.Of).Command(entry.Entity)));
        db.ChangeTracker.AcceptAllChanges();
        return true;
    }

    private sealed record Insert(string Sql, IProperty[] Properties, RelationalTypeMapping[] Types)
    {
        internal static Insert Of(IEntityType type)
        {
            var table = StoreObjectIdentifier.Table(type.GetTableName()!, type.GetSchema());
            // Without what the database gives: nobody here reads it back.
            var properties = type.GetProperties().Where(property => !property.ValueGenerated.HasFlag(ValueGenerated.OnAdd)).ToArray();
            var columns = string.Join(", ", properties.Select(property => property.GetColumnName(table)));
            var values = string.Join(", ", properties.Select((_, i) => $"${i + 1}"));
            return new($"insert into {type.GetTableName()} ({columns}) values ({values})", properties, Array.ConvertAll(properties, property => property.GetRelationalTypeMapping()));
        }

        internal NpgsqlBatchCommand Command(object entity)
        {
            var command = new NpgsqlBatchCommand(Sql);

            for (var i = 0; i < Properties.Length; i++)
            {
                command.Parameters.Add((NpgsqlParameter)Types[i].CreateParameter(Maker, "", Properties[i].GetGetter().GetClrValue(entity), Properties[i].IsNullable));
            }

            return command;
        }
    }
}
