using System.Globalization;

namespace Coworking.Bench;

/// <summary>P13: what the outbox costs. Off is a view in its place that takes every row and keeps none: the same statements, nothing stored and nothing published.</summary>
internal static class P13
{
    private const int Spaces = 1000;
    private const int Connections = 16;

    private const string Off = """
        alter table reservations.outbox_messages rename to outbox_messages_kept;
        create view reservations.outbox_messages as select * from reservations.outbox_messages_kept where false;
        create or replace function reservations.outbox_discard() returns trigger language plpgsql as
            'begin new.id := nextval(pg_get_serial_sequence(''reservations.outbox_messages_kept'', ''id'')); return new; end';
        create trigger outbox_discard instead of insert on reservations.outbox_messages for each row execute function reservations.outbox_discard();
        do $$ begin execute format('grant all on reservations.outbox_messages to %I', (select tableowner from pg_tables where schemaname = 'reservations' and tablename = 'bookings')); end $$;
        """;

    private const string On = "drop view reservations.outbox_messages; alter table reservations.outbox_messages_kept rename to outbox_messages;";

    public static async Task<bool> RunAsync(RunOptions options, CancellationToken cancellationToken)
    {
        var seconds = options.Pick(3, 10, 20);
        await using var stage = await Stage.StartAsync(cancellationToken);
        var load = await BookingLoad.PrepareAsync(stage, Spaces, cancellationToken);
        await load.RunAsync(Connections, TimeSpan.FromSeconds(options.Pick(2, 15, 15)), cancellationToken);
        var plan = new Plan
        {
            Id = "P13",
            Title = "bookings with the outbox and without",
            What = string.Create(CultureInfo.InvariantCulture, $"""
                The bookings of P11, {seconds} s a round. On: each booking writes a row into the outbox, from where it is published and confirmed meanwhile. Off: a view in the outbox's place takes the row and keeps nothing,
                so nothing is stored and nothing is published.
                """),
            Unit = "bookings/s",
            WorkUnit = "booking",
            Goal = new Goal(0.85, 0.95, AtLeast: true),
            OursName = "outbox on",
            PeerName = "outbox off",
        };
        return await Comparison.RunAsync(
            plan,
            options,
            _ => load.MeasureAsync(Connections, TimeSpan.FromSeconds(seconds), cancellationToken),
            async _ =>
            {
                await stage.ExecuteAsync(Off, cancellationToken);

                try
                {
                    return await load.MeasureAsync(Connections, TimeSpan.FromSeconds(seconds), cancellationToken);
                }
                finally
                {
                    await stage.ExecuteAsync(On, CancellationToken.None);
                }
            },
            cancellationToken);
    }
}
