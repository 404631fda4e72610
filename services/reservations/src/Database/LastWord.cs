using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Coworking.Reservations.Database;

/// <summary>
/// What a transaction that only adds says last, in one round trip with its COMMIT. Rows are written by the model of EF but without its change pipeline,
/// which costs more than everything else of a booking; all rows of a table in one statement, in the order in which they were added.
/// </summary>
internal sealed class LastWord
{
    private static readonly ConcurrentDictionary<IEntityType, Insert> Inserts = new();

    private readonly List<object> _rows = [];
    private readonly List<NpgsqlBatchCommand> _commands = [];

    /// <summary>A row of the model, as it will be when it is sent.</summary>
    internal void Add(object row) => _rows.Add(row);

    /// <summary>Goes behind the rows.</summary>
    internal void Add(NpgsqlBatchCommand command) => _commands.Add(command);

    /// <summary>Sends what waits, and forgets it.</summary>
    internal Task SendAsync(ReservationsDb db, CancellationToken cancellationToken) => SendAsync(db, [], cancellationToken);

    /// <summary>Sends what waits and ends the transaction with it; EF's interceptors do not hear of that.</summary>
    internal Task CommitAsync(ReservationsDb db, CancellationToken cancellationToken) => SendAsync(db, [new("commit")], cancellationToken);

    private async Task SendAsync(ReservationsDb db, NpgsqlBatchCommand[] end, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch((NpgsqlConnection)db.Database.GetDbConnection());

        foreach (var rows in _rows.GroupBy(row => row.GetType()))
        {
            batch.BatchCommands.Add(Inserts.GetOrAdd(db.Model.FindEntityType(rows.Key)!, Insert.Of).Command([.. rows]));
        }

        foreach (var command in _commands.Concat(end))
        {
            batch.BatchCommands.Add(command);
        }

        _rows.Clear();
        _commands.Clear();

        if (batch.BatchCommands.Count > 0)
        {
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private sealed record Insert(string Sql, Column[] Columns)
    {
        internal static Insert Of(IEntityType type)
        {
            var table = StoreObjectIdentifier.Table(type.GetTableName()!, type.GetSchema());
            // Without what the database gives: nobody here reads it back.
            var properties = type.GetProperties().Where(property => !property.ValueGenerated.HasFlag(ValueGenerated.OnAdd)).ToArray();
            var names = string.Join(", ", properties.Select(property => property.GetColumnName(table)));
            var arrays = string.Join(", ", properties.Select((property, i) => $"${i + 1}::{property.GetRelationalTypeMapping().StoreTypeNameBase}[]"));
            return new($"insert into {type.GetTableName()} ({names}) select * from unnest({arrays})", Array.ConvertAll(properties, Column.Of));
        }

        /// <summary>An array for each column.</summary>
        internal NpgsqlBatchCommand Command(object[] rows)
        {
            var command = new NpgsqlBatchCommand(Sql);

            foreach (var column in Columns)
            {
                var values = Array.CreateInstance(column.Element, rows.Length);

                for (var i = 0; i < rows.Length; i++)
                {
                    values.SetValue(column.Property.GetGetter().GetClrValue(rows[i]), i);
                }

                command.Parameters.Add(new() { Value = values, NpgsqlDbType = column.Type | NpgsqlDbType.Array });
            }

            return command;
        }
    }

    private sealed record Column(IProperty Property, Type Element, NpgsqlDbType Type)
    {
        // Only makes parameters.
        private static readonly NpgsqlCommand Maker = new();

        internal static Column Of(IProperty property)
        {
            var (clr, mapping) = (property.ClrType, property.GetRelationalTypeMapping());
            var element = clr.IsValueType && Nullable.GetUnderlyingType(clr) is null && property.IsNullable ? typeof(Nullable<>).MakeGenericType(clr) : clr;
            return new(property, element, ((NpgsqlParameter)mapping.CreateParameter(Maker, "", value: null, nullable: true)).NpgsqlDbType);
        }
    }
}
