using System.ComponentModel.DataAnnotations;
using System.Net.Security;
using RabbitMQ.Client;

namespace Coworking.Bus;

/// <summary>Settings of the section Bus.</summary>
internal sealed class BusOptions : IValidatableObject
{
    /// <summary>amqp[s]://user:password@host:port/virtual-host.</summary>
    [Required]
    public Uri? Uri { get; init; }

    /// <summary>Connections to that address. The certificate of amqps must be valid, of somebody whom the system trusts, and name the host: else it is told no password.</summary>
    public ConnectionFactory Factory()
    {
        var factory = new ConnectionFactory { Uri = Uri!, AutomaticRecoveryEnabled = false };
        // Of each address that the host's name stands for: one that nobody answers at must not use up the time of the next.
        factory.RequestedConnectionTimeout = TimeSpan.FromSeconds(4);
        factory.Ssl.ServerName = factory.HostName;
        factory.Ssl.AcceptablePolicyErrors = SslPolicyErrors.None;
        return factory;
    }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Uri is not { IsAbsoluteUri: true, Scheme: "amqp" or "amqps" })
        {
            yield return new ValidationResult("Bus:Uri must be an amqp:// or amqps:// address; set Bus__Uri", [nameof(Uri)]);
        }
        else if (Uri is { Scheme: "amqp", Port: 5671 })
        {
            yield return new ValidationResult("Bus:Uri says amqp and 5671, the port of amqps; say amqps for a connection with TLS", [nameof(Uri)]);
        }
        else if (!IsReadable(Uri))
        {
            // Nothing of the address itself: it holds the password.
            yield return new ValidationResult(
                "Bus:Uri cannot be read: amqp://user:password@host:port/virtual-host with no slash at its end, and %3A for a colon, %40 for an at sign, %2F for a slash within a name or password", [nameof(Uri)]);
        }
    }

    // As the client reads it; a slash at the end would be part of the virtual host's name for it, and is none for MassTransit.
    private static bool IsReadable(Uri uri)
    {
        try
        {
            return new ConnectionFactory { Uri = uri }.VirtualHost is var host && (host == "/" || !uri.AbsolutePath.EndsWith('/'));
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
