using Npgsql;

namespace Coworking.Gateway.Accounts.Mails;

/// <summary>A mail that a courier has taken on, and who it is for as things stand now.</summary>
/// <param name="Id">Of the mail, and of its Message-ID.</param>
/// <param name="Tries">This one included; the claim is ours only while it stands so.</param>
/// <param name="Kind">One of <see cref="AccountMailKinds"/>.</param>
/// <param name="AskedAt">When it was wished for.</param>
/// <param name="Reader">Whose address it is; null where nobody's who should be written to.</param>
internal sealed record DueMail(Guid Id, int Tries, string Kind, DateTimeOffset AskedAt, DueMail.Account? Reader)
{
    // Longer than a try with all its pauses: what is still claimed after that has lost its courier.
    private static readonly TimeSpan Claim = TimeSpan.FromMinutes(5);

    private const string ClaimSql = """
        with due as (select id from account_mails where status = 'pending' and next_try_at <= $1 order by next_try_at limit $2 for update skip locked)
        update account_mails m set tries = m.tries + 1, next_try_at = $1 + $3
        from due join account_mails d on d.id = due.id left join accounts a on a.email_key = d.email_key and a.disabled_at is null
        where m.id = d.id
        returning m.id, m.tries, m.kind, m.created_at, a.id, a.email, a.email_verified_at is not null
        """;

    internal static async Task<List<DueMail>> ClaimAsync(NpgsqlDataSource database, DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(ClaimSql);
        command.Parameters.Add(new() { Value = now });
        command.Parameters.Add(new() { Value = limit });
        command.Parameters.Add(new() { Value = Claim });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var mails = new List<DueMail>();

        while (await reader.ReadAsync(cancellationToken))
        {
            mails.Add(new DueMail(
                reader.GetGuid(0), reader.GetInt32(1), reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3),
                reader.IsDBNull(4) ? null : new Account(reader.GetGuid(4), reader.GetString(5), reader.GetBoolean(6))));
        }

        return mails;
    }

    /// <summary>Nobody has this address, or it has been verified meanwhile.</summary>
    internal bool IsPointless => Reader is null || (Kind == AccountMailKinds.VerifyEmail && Reader.IsVerified);

    internal bool HasLink => Kind != AccountMailKinds.PasswordChanged;

    /// <summary>Who reads it.</summary>
    internal sealed record Account(Guid Id, string Email, bool IsVerified);
}
