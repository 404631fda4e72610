using Coworking.Gateway.Access;
using Coworking.Hosting.OpenApi;

namespace Coworking.Gateway.Accounts;

/// <summary>What the document says of accounts.</summary>
internal static class AccountsDescribed
{
    internal const string Row = """
        {"id":"0199d2a4-7c1e-7b60-9f0a-5d2c8f3e1a90","email":"ana@example.com","firstName":"Ana","lastName":"Ruiz","phoneNumber":null,"role":"CUSTOMER",
        "emailVerified":true,"telegramLinked":false,"disabled":false,"createdAt":"2099-01-02T10:00:00.000Z","updatedAt":"2099-01-02T10:00:00.000Z"}
        """;

    internal const string SignedIn = $$"""{"accessToken":"eyJhbGciOiJFUzI1NiJ9…","refreshToken":"q1Zk…","expiresIn":900,"tokenType":"Bearer","user":{{Row}} }""";

    private const string Sent = """{"message":"If an account has this address and needs it, a mail is on its way"}""";

    internal static readonly Operation Register = new("Registers an account of a client, and signs it in")
    {
        Description = "Until the e-mail is verified by the mailed link the account sees no bookings. Nobody registers as anything but CUSTOMER. An address that was registered and not verified can be registered again, a minute after the last mail and five times a day: the earlier registration is gone then.",
        Takes = """{"email":"ana@example.com","password":"Correct1horse","firstName":"Ana","lastName":"Ruiz"}""",
        Gives = SignedIn,
        Refuses = [AccountRefusals.Exists, AccountRefusals.Busy],
    };

    internal static readonly Operation LogIn = new("Signs in with e-mail and password")
    {
        Description = "The same answer, in the same time, for a wrong password and for an account that is not there.",
        Takes = """{"email":"ana@example.com","password":"Correct1horse"}""",
        Gives = SignedIn,
        Refuses = [AccountRefusals.WrongCredentials, AccountRefusals.Disabled, AccountRefusals.Locked, AccountRefusals.Busy],
    };

    internal static readonly Operation ResendVerification = Mail("ResendVerification", "Mails the link that verifies an e-mail again");

    internal static readonly Operation ForgotPassword = Mail("ForgotPassword", "Mails a link that sets a new password, good for an hour");

    internal static readonly Operation VerifyEmail = new("Verifies an e-mail by the token that was mailed to it")
    {
        Takes = """{"token":"3vT…"}""",
        Gives = Row,
        Refuses = [AccountRefusals.InvalidToken],
    };

    internal static readonly Operation ResetPassword = new("Sets a new password by the token that was mailed")
    {
        Description = "Every session of the account is ended, and its link with Telegram.",
        Takes = """{"token":"3vT…","newPassword":"Correct2horse"}""",
        Refuses = [AccountRefusals.InvalidToken, AccountRefusals.Busy],
    };

    internal static readonly Operation Me = new("Reads the account that is signed in")
    {
        Gives = Row,
        Security = OpenApiSetup.Bearer,
        Refuses = [AccessRefusals.AccountOnly, AccountRefusals.NotFound],
    };

    internal static readonly Operation ChangePassword = new("Changes the password of the account that is signed in")
    {
        Description = "Every other session of the account is ended.",
        Takes = """{"currentPassword":"Correct1horse","newPassword":"Correct2horse"}""",
        Gives = SignedIn,
        Security = OpenApiSetup.Bearer,
        Refuses = [AccessRefusals.AccountOnly, AccountRefusals.WrongPassword, AccountRefusals.NoPassword, AccountRefusals.Locked, AccountRefusals.Busy],
    };

    internal static readonly Operation List = new("Lists accounts")
    {
        Gives = Examples.Page(Row),
        Query =
        [
            Field.Word("role", AccountRoles.All, "Only of this role"), Field.Flag("disabled", "Only those that are disabled, or only the others"),
            Field.Of("search", "Only where name or e-mail contain this"),
        ],
    };

    internal static readonly Operation Get = new("Reads an account") { Id = "GetAccount", Gives = Row, Refuses = [AccountRefusals.NotFound] };

    internal static readonly Operation Change = new("Gives an account another role, or disables it")
    {
        Description = "Until its e-mail is verified an account stays CUSTOMER.",
        Takes = """{"role":"RECEPTION"}""",
        Gives = Row,
        Refuses = [AccountRefusals.NotFound, AccountRefusals.LastAdmin, AccountRefusals.EmailNotVerified],
    };

    private static Operation Mail(string id, string summary) => new(summary)
    {
        Id = id,
        Description = "The same answer whether or not there is such an account.",
        Takes = """{"email":"ana@example.com"}""",
        Gives = Sent,
    };
}
