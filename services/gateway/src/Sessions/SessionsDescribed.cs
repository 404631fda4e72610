using Coworking.Gateway.Access;
using Coworking.Hosting.OpenApi;

namespace Coworking.Gateway.Sessions;

/// <summary>What the document says of sessions.</summary>
internal static class SessionsDescribed
{
    private const string SignedIn = """
        {"accessToken":"eyJhbGciOiJFUzI1NiJ9…","refreshToken":"q1Zk…","expiresIn":900,"tokenType":"Bearer","user":{"id":"0199d2a4-7c1e-7b60-9f0a-5d2c8f3e1a90",
        "email":"ana@example.com","firstName":"Ana","lastName":"Ruiz","phoneNumber":null,"role":"CUSTOMER","emailVerified":true,"telegramLinked":false,"disabled":false,
        "createdAt":"2099-01-02T10:00:00.000Z","updatedAt":"2099-01-02T10:00:00.000Z"}}
        """;

    internal static readonly Operation Keys = new("Publishes the keys that access tokens are signed by")
    {
        Gives = """{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2…","y":"x_FEzRu9…","use":"sig","alg":"ES256","kid":"2099-01"}]}""",
    };

    internal static readonly Operation Refresh = new("Gives new tokens for a refresh token")
    {
        Description = "Each is good once. One that comes a second time ends the session.",
        Takes = """{"refreshToken":"q1Zk…"}""",
        Gives = SignedIn,
        Refuses = [SessionRefusals.InvalidRefreshToken, SessionRefusals.Reused],
    };

    internal static readonly Operation LogOut = new("Ends a session")
    {
        Description = "That of the access token, or of the refresh token in the body. What has ended already is no error.",
        Takes = """{"refreshToken":"q1Zk…"}""",
    };

    internal static readonly Operation Ticket = new("Gives a ticket for the live stream")
    {
        Description = "For an EventSource, which cannot send headers: ?ticket=, good once and for 30 seconds.",
        Gives = """{"ticket":"Jk2…","expiresIn":30}""",
        Security = OpenApiSetup.Bearer,
        Refuses = [AccessRefusals.AccountOnly, SessionRefusals.TooManyTickets],
    };
}
