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
    }
}
