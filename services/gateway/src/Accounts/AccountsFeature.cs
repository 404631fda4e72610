using Coworking.Gateway.Access;
using Coworking.Gateway.Accounts.Mails;
using Coworking.Gateway.Http;
using Coworking.Gateway.Sessions;
using Coworking.Hosting.Http;
using Coworking.Hosting.Leases;
using Coworking.Hosting.Mail;
using Coworking.Hosting.OpenApi;

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
        var open = app.MapGroup("/api/v1/auth").WithMetadata(RouteAccess.Public).WithTags("Accounts");
        open.MapPost("/register", RegisterAccount.Handle).Described(AccountsDescribed.Register).Produces<SignedInAnswer>(StatusCodes.Status201Created);
        open.MapPost("/login", LogIn.Handle).Described(AccountsDescribed.LogIn).Produces<SignedInAnswer>();
        open.MapPost("/resend-verification", WishMail.Verification).Described(AccountsDescribed.ResendVerification).Produces<WishMail.Answer>(StatusCodes.Status202Accepted);
        open.MapPost("/forgot-password", WishMail.Reset).Described(AccountsDescribed.ForgotPassword).Produces<WishMail.Answer>(StatusCodes.Status202Accepted);
        open.MapPost("/verify-email", VerifyEmail.Handle).Described(AccountsDescribed.VerifyEmail).Produces<AccountRow>();
        open.MapPost("/reset-password", ResetPassword.Handle).Described(AccountsDescribed.ResetPassword).Produces(StatusCodes.Status204NoContent);
        // Pages for people who follow a mailed link; programs have the addresses above.
        var pages = app.MapGroup("/api/v1/auth").WithMetadata(RouteAccess.Public, new AcceptedAnswers.Given("text/html")).ExcludeFromDescription();
        pages.MapGet("/verify-email", MailedPage.Verify);
        pages.MapGet("/reset-password", MailedPage.Reset);
        pages.MapPost("/verify-email/form", VerifyEmail.HandleForm);
        pages.MapPost("/reset-password/form", ResetPassword.HandleForm);

        var own = app.MapGroup("/api/v1/auth").WithMetadata(RouteAccess.Account).WithTags("Accounts");
        own.MapGet("/me", ShowMe.Handle).Described(AccountsDescribed.Me).Produces<AccountRow>();
        own.MapPost("/change-password", ChangePassword.Handle).Described(AccountsDescribed.ChangePassword).Produces<SignedInAnswer>();

        var accounts = app.MapGroup("/api/v1/accounts").WithMetadata(RouteAccess.Admin).WithTags("Accounts");
        accounts.MapGet("", ListAccounts.Handle).Described(AccountsDescribed.List).Produces<Page<AccountRow>>();
        accounts.MapGet("/{id}", ListAccounts.HandleOne).Described(AccountsDescribed.Get).Produces<AccountRow>();
        accounts.MapPatch("/{id}", ChangeAccount.Handle).Described(AccountsDescribed.Change).Produces<AccountRow>();
    }
}
