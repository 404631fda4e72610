using Coworking.Hosting.Start;
using Coworking.Hosting.Tests.Architecture;
using Coworking.Hosting.Tests.Deployment;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;

namespace Coworking.Hosting.Tests.Start;

public sealed class ProductionSecretsTests
{
    private static readonly Dictionary<string, string?> Sound = new()
    {
        ["ConnectionStrings:Postgres"] = "Host=db;Username=iot;Password=4711",
        ["Bus:Uri"] = "amqp://iot-ingest:4711@bus:5672/coworking",
        ["Mqtt:Password"] = "4711",
        ["Identity:PublicKey"] = PublicKey(),
    };

    [Fact]
    public void Secrets_of_ones_own_are_taken() => Assert.Null(Refuse());

    [Theory]
    [InlineData("ConnectionStrings:Postgres", "", "ConnectionStrings:Postgres is missing")]
    [InlineData("ConnectionStrings:Postgres", "Host=db;Username=iot", "ConnectionStrings:Postgres holds no password")]
    [InlineData("ConnectionStrings:Postgres", "Host=db;Username=iot;Password=demo-secret-db", "ConnectionStrings:Postgres holds a demo secret")]
    [InlineData("Bus:Uri", "amqp://bus:5672/", "Bus:Uri holds no password")]
    [InlineData("Bus:Uri", "amqp://guest:guest@bus:5672/", "Bus:Uri holds no password")]
    [InlineData("Bus:Uri", "amqp://iot-ingest:@bus:5672/", "Bus:Uri holds no password")]
    [InlineData("Bus:Uri", "amqp://iot-ingest:Demo-Secret@bus:5672/", "Bus:Uri holds a demo secret")]
    [InlineData("Mqtt:Password", null, "Mqtt:Password is empty")]
    [InlineData("Mqtt:Password", " ", "Mqtt:Password is empty")]
    [InlineData("Mail:Username", "me", "Mail:Password is empty")]
    [InlineData("Identity:PublicKey", "", "Identity:PublicKey is missing")]
    [InlineData("Identity:PublicKey", "bm9uZQ==", "Identity:PublicKey is no base64 SPKI")]
    [InlineData("Something:Added:Later", "demo-secret-later", "Something:Added:Later holds a demo secret")]
    public void A_secret_that_is_empty_or_known_to_everybody_is_named(string setting, string? value, string line)
    {
        var refused = Refuse((setting, value));
        Assert.StartsWith(line, refused, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused!);
    }

    [Fact]
    public void A_verb_needs_no_more_than_it_uses_but_no_demo_secret_either()
    {
        Assert.Null(Refuse(["migrate"], ("Mqtt:Password", null)));
        Assert.StartsWith("Mqtt:Password holds a demo secret", Refuse(["migrate"], ("Mqtt:Password", "demo-secret-mqtt")), StringComparison.Ordinal);
    }

    [Fact]
    public void In_Development_demo_secrets_are_what_they_are_for() =>
        Assert.Null(Refuse([], "Development", ("Bus:Uri", "amqp://guest:guest@bus:5672/"), ("Mqtt:Password", "demo-secret-mqtt")));

    [Fact]
    public void Every_secret_of_the_example_is_refused_wherever_it_stands()
    {
        var secrets = EnvironmentExample.Read().Where(variable => variable.Key.EndsWith("PASSWORD", StringComparison.Ordinal) || variable.Key.EndsWith("_KEY", StringComparison.Ordinal))
            .Where(variable => variable.Value.Length > 0).ToList();
        Assert.True(secrets.Count >= 10, $"Only {secrets.Count} secrets were found");
        ShapeTests.Nothing(
            secrets.Where(secret => Refuse(("Some:Setting", secret.Value)) != "Some:Setting holds a demo secret, which is refused in Production; set Some__Setting to one of your own").Select(secret => secret.Key),
            "a secret of deploy/.env.example that Production would take");
    }

    private static string? Refuse(params (string, string?)[] settings) => Refuse([], settings);

    private static string? Refuse(string[] arguments, params (string, string?)[] settings) => Refuse(arguments, "Production", settings);

    private static string? Refuse(string[] arguments, string environment, params (string Name, string? Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = environment });
        builder.Configuration.Sources.Clear();
        var all = new Dictionary<string, string?>(Sound);

        foreach (var (name, value) in settings)
        {
            all[name] = value;
        }

        builder.Configuration.AddInMemoryCollection(all);
        return builder.RefuseStart(arguments, "Mqtt:Password");
    }

    private static string PublicKey()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        return Convert.ToBase64String(key.ExportSubjectPublicKeyInfo());
    }
}
