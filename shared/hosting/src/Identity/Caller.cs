using System.Security.Claims;
using Microsoft.AspNetCore.Http;

namespace Coworking.Hosting.Identity;

/// <summary>Who is asking, as the gateway vouches. Binds as a parameter of a handler.</summary>
/// <param name="Subject">Stable id of the key or account.</param>
/// <param name="Kind">key or account.</param>
/// <param name="Role">ADMIN, USER, RECEPTION, SPECIALIST, TECHNICIAN or CUSTOMER.</param>
/// <param name="Email">Of an account; null for keys.</param>
/// <param name="EmailVerified">Only then is the e-mail proof of anything.</param>
/// <param name="Scopes">What a key is narrowed to; empty: everything its role may.</param>
public sealed record Caller(string Subject, string Kind, string Role, string? Email, bool EmailVerified, IReadOnlyList<string> Scopes)
{
    /// <summary>True for the role ADMIN.</summary>
    public bool IsAdmin => Role == Roles.Admin;

    /// <summary>True for those who run the desk: ADMIN and RECEPTION.</summary>
    public bool IsStaff => Role is Roles.Admin or Roles.Reception;

    /// <summary>Binds the caller of an authenticated request.</summary>
    public static ValueTask<Caller?> BindAsync(HttpContext context) => ValueTask.FromResult(context.Features.Get<Caller>());

    internal ClaimsPrincipal ToPrincipal() => new(new ClaimsIdentity(
        [new Claim(ClaimTypes.NameIdentifier, Subject), new Claim(ClaimTypes.Role, Role)], GatewayIdentity.Scheme));
}

/// <summary>Roles as they travel.</summary>
public static class Roles
{
    /// <summary>May do everything.</summary>
    public const string Admin = "ADMIN";

    /// <summary>A trusted client application.</summary>
    public const string User = "USER";

    /// <summary>Staff at the desk.</summary>
    public const string Reception = "RECEPTION";

    /// <summary>Staff who serve clients.</summary>
    public const string Specialist = "SPECIALIST";

    /// <summary>Staff who install devices.</summary>
    public const string Technician = "TECHNICIAN";

    /// <summary>A signed-in client.</summary>
    public const string Customer = "CUSTOMER";
}
