using System.ComponentModel.DataAnnotations;

namespace Coworking.Bus;

/// <summary>Settings of the section Bus.</summary>
internal sealed class BusOptions : IValidatableObject
{
    /// <summary>amqp[s]://user:password@host:port/virtual-host.</summary>
    [Required]
    public Uri? Uri { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Uri is not { IsAbsoluteUri: true, Scheme: "amqp" or "amqps" })
        {
            yield return new ValidationResult("Bus:Uri must be an amqp:// or amqps:// address; set Bus__Uri", [nameof(Uri)]);
        }
    }
}
