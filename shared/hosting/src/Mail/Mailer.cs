using System.Net;
using System.Net.Mail;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Coworking.Hosting.Mail;

/// <summary>Gives mails to the mail server: a try and three more after 2, 4 and 8 s. Whoever must not lose one writes it down first and comes again later.</summary>
public sealed class Mailer
{
    private readonly MailOptions _options;
    private readonly ResiliencePipeline _pipeline;

    /// <summary>A mailer for these settings.</summary>
    /// <param name="options">The section Mail.</param>
    /// <param name="clock">The clock that waits.</param>
    public Mailer(IOptions<MailOptions> options, TimeProvider clock)
    {
        _options = options.Value;
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = clock }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = 3,
                BackoffType = DelayBackoffType.Exponential,
                Delay = TimeSpan.FromSeconds(2),
                ShouldHandle = new PredicateBuilder().Handle<Exception>(e => IsFailure(e) && !IsFinal(e)),
            })
            // Without the clock: a limit on somebody else's time is real time.
            .AddPipeline(new ResiliencePipelineBuilder().AddTimeout(_options.Timeout).Build())
            .Build();
    }

    /// <summary>True where a mail server is named.</summary>
    public bool IsConfigured => !string.IsNullOrEmpty(_options.Host);

    /// <summary>Returns once the server has taken the mail.</summary>
    /// <param name="mail">To one person.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="MailNotTakenException">The server did not take it, or was not there.</exception>
    public async Task SendAsync(OutgoingMail mail, CancellationToken cancellationToken)
    {
        try
        {
            await _pipeline.ExecuteAsync(async token => await SendOnceAsync(mail, token), cancellationToken);
        }
        catch (Exception e) when (IsFailure(e))
        {
            throw new MailNotTakenException(Reason(e), IsFinal(e), e);
        }
    }

    private async Task SendOnceAsync(OutgoingMail mail, CancellationToken cancellationToken)
    {
        using var message = mail.ToMessage(_options.From);
        using var client = new SmtpClient(_options.Host, _options.Port) { EnableSsl = _options.StartTls };

        if (!string.IsNullOrEmpty(_options.Username))
        {
            client.Credentials = new NetworkCredential(_options.Username, _options.Password);
        }

        await client.SendMailAsync(message, cancellationToken);
    }

    private static bool IsFailure(Exception e) => e is SmtpException or IOException or SocketException or TimeoutRejectedException or FormatException;

    // RFC 5321, 4.2.1: of a recipient, 5yz will be the same tomorrow. Of anything else it may be our settings, which somebody will correct; so may be a relay that
    // is denied (RFC 3463, 3.8: 5.7.z), for SmtpClient goes on without an account where the login failed.
    private static bool IsFinal(Exception e) =>
        e is FormatException || (e is SmtpFailedRecipientException { StatusCode: >= SmtpStatusCode.MailboxUnavailable } && !e.Message.Contains(" 5.7.", StringComparison.Ordinal));

    // Of a login that failed SmtpClient tells only what the server says to the mail that comes without one (RFC 4954, 6: 530).
    private string Reason(Exception e) => e switch
    {
        SmtpException { StatusCode: SmtpStatusCode.MustIssueStartTlsFirst } when !string.IsNullOrEmpty(_options.Username) =>
            $"The mail server does not take the account of Mail:Username with its Mail:Password. {e.Message}",
        SmtpException { StatusCode: SmtpStatusCode.MustIssueStartTlsFirst } => $"The mail server asks for an account (Mail:Username) or for Mail:StartTls. {e.Message}",
        // Its own words are "Failure sending mail."; what failed, a connection or a certificate, is told within.
        SmtpException { InnerException: not null } => $"{e.Message} {e.GetBaseException().Message}",
        _ => e.Message,
    };
}

/// <summary>The mail server did not take a mail.</summary>
/// <param name="message">What it said.</param>
/// <param name="isFinal">True where trying again is of no use.</param>
/// <param name="inner">The cause.</param>
public sealed class MailNotTakenException(string message, bool isFinal, Exception inner) : Exception(message, inner)
{
    /// <summary>True where trying again is of no use.</summary>
    public bool IsFinal => isFinal;
}
