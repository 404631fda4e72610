using Coworking.Gateway.Access;
using Coworking.Gateway.Accounts.Mails;
using Coworking.Hosting.Leases;
using Coworking.Hosting.Mail;

namespace Coworking.Gateway.Accounts;

/// <summary>/api/v1/auth, as far as it is about accounts, and /api/v1/accounts for ADMIN.</summary>
internal static class AccountsFeature
{
    internal static void AddAccounts(this IServiceCollection services, AccountOptions options)
    {
        services.AddSingleton(options);
        services.AddOptions<MailOptions>().BindConfiguration("Mail").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<Mailer>();
        services.AddSingleton<LeaseStore>();
        services.AddSingleton<Passwords>();
        services.AddSingleton<Lockout>();
        services.AddSingleton<AccountCourier>();
        services.AddHostedService(provider => provider.GetRequiredService<AccountCourier>());
    }

    internal static void MapAccounts(this IEndpointRouteBuilder app)
    {
        var open = app.MapGroup("/api/v1/auth").WithMetadata(RouteAccess.Public);
        open.MapPost("/register", RegisterAccount.Handle);
        open.MapPost("/login", LogIn.Handle);
        open.MapPost("/resend-verification", WishMail.Verification);
        open.MapPost("/forgot-password", WishMail.Reset);
        open.MapPost("/verify-email", VerifyEmail.Handle);
        open.MapPost("/reset-password", ResetPassword.Handle);
        open.MapGet("/verify-email", MailedPage.Verify);
        open.MapGet("/reset-password", MailedPage.Reset);
        open.MapPost("/verify-email/form", VerifyEmail.HandleForm);
        open.MapPost("/reset-password/form", ResetPassword.HandleForm);

        var own = app.MapGroup("/api/v1/auth").WithMetadata(RouteAccess.Account);
        own.MapGet("/me", ShowMe.Handle);
        own.MapPost("/change-password", ChangePassword.Handle);

        var accounts = app.MapGroup("/api/v1/accounts").WithMetadata(RouteAccess.Admin);
        accounts.MapGet("", ListAccounts.Handle);
        accounts.MapGet("/{id}", ListAccounts.HandleOne);
        accounts.MapPatch("/{id}", ChangeAccount.Handle);
    }
}
