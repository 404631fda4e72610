using System.Buffers.Binary;
using Coworking.IotIngest.Database;
using Coworking.IotIngest.Readings;
using Npgsql;

namespace Coworking.IotIngest.Ingest;

/// <summary>Readings in PostgreSQL's binary COPY format, written into one buffer that is kept (source: PostgreSQL 15, COPY, "Binary Format").</summary>
internal sealed class ReadingCopy
{
    // Two bytes of field count; 11 fields with four bytes of length each; 4 + 8 + 8 bytes of key, six numbers, two flags.
    private const int MaxRow = 2 + (11 * 4) + 20 + (6 * 4) + 2;
    private const short Fields = 11;

    private static readonly byte[] Header = [.. "PGCOPY\n"u8, 0xFF, (byte)'\r', (byte)'\n', 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private byte[] _buffer = [];
    private int _length;

    public async Task WriteAsync(NpgsqlConnection connection, string table, List<Reading> readings, CancellationToken cancellationToken)
    {
        Fill(readings);
        await using var copy = await connection.BeginRawBinaryCopyAsync(
            $"copy {table} (space_key, at, digest, temp_c, humidity_pct, co2_ppm, occupancy, power_w, battery_pct, power_ok, door_open) from stdin (format binary)",
            cancellationToken);
        await copy.WriteAsync(_buffer.AsMemory(0, _length), cancellationToken);
    }

    private void Fill(List<Reading> readings)
    {
        var needed = Header.Length + (readings.Count * MaxRow) + 2;

        if (_buffer.Length < needed)
        {
            _buffer = new byte[needed];
        }

        Header.CopyTo(_buffer, 0);
        _length = Header.Length;

        foreach (ref readonly var reading in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(readings))
        {
            Row(reading);
        }

        // The trailer: a field count of -1.
        BinaryPrimitives.WriteInt16BigEndian(_buffer.AsSpan(_length), -1);
        _length += 2;
    }

    private void Row(in Reading reading)
    {
        BinaryPrimitives.WriteInt16BigEndian(_buffer.AsSpan(_length), Fields);
        _length += 2;
        Number(reading.SpaceKey);
        Number(reading.At - Micros.PostgresEpoch);
        Number(reading.Digest);

        for (var metric = 0; metric < Metric.Count; metric++)
        {
            if (reading.Has(metric))
            {
                Number(reading.Values[metric]);
            }
            else
            {
                Null();
            }
        }

        Flag(reading.PowerOk);
        Flag(reading.DoorOpen);
    }

    private void Number(int value)
    {
        var span = _buffer.AsSpan(_length, 8);
        BinaryPrimitives.WriteInt32BigEndian(span, 4);
        BinaryPrimitives.WriteInt32BigEndian(span[4..], value);
        _length += 8;
    }

    private void Number(long value)
    {
        var span = _buffer.AsSpan(_length, 12);
        BinaryPrimitives.WriteInt32BigEndian(span, 8);
        BinaryPrimitives.WriteInt64BigEndian(span[4..], value);
        _length += 12;
    }

    private void Flag(bool? value)
    {
        if (value is null)
        {
            Null();
            return;
        }

        BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(_length), 1);
        _buffer[_length + 4] = value.Value ? (byte)1 : (byte)0;
        _length += 5;
    }

    private void Null()
    {
        BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(_length), -1);
        _length += 4;
    }
}
