using System.Globalization;

namespace Coworking.Local;

/// <summary>The ports of `up`; each has a default and a variable to change it.</summary>
internal sealed record UpPorts(int Postgres, int Rabbit, int Mosquitto, int Gateway, int Reservations, int IotIngest, int Smtp, int MailPage)
{
    internal const string PostgresVariable = "COWORKING_POSTGRES_PORT";
    internal const string RabbitVariable = "COWORKING_RABBITMQ_PORT";
    internal const string MosquittoVariable = "COWORKING_MOSQUITTO_PORT";
    internal const string GatewayVariable = "COWORKING_GATEWAY_PORT";
    internal const string ReservationsVariable = "COWORKING_RESERVATIONS_PORT";
    internal const string IotIngestVariable = "COWORKING_IOT_INGEST_PORT";
    internal const string SmtpVariable = "COWORKING_SMTP_PORT";
    internal const string MailPageVariable = "COWORKING_MAIL_PAGE_PORT";

    /// <summary>Read from the environment; throws when one is no port or is taken, before anything is started.</summary>
    internal static UpPorts Claim() => new(
        Port(PostgresVariable, 54320, "PostgreSQL"),
        Port(RabbitVariable, 56720, "RabbitMQ"),
        Port(MosquittoVariable, 1883, "Mosquitto"),
        Port(GatewayVariable, 8080, "the gateway"),
        Port(ReservationsVariable, 8081, "reservations"),
        Port(IotIngestVariable, 8082, "iot-ingest"),
        Port(SmtpVariable, 1025, "the mail server"),
        Port(MailPageVariable, 1080, "the mail server's page"));

    private static int Port(string variable, int fallback, string owner)
    {
        var text = Environment.GetEnvironmentVariable(variable);
        var port = fallback;
        if (!string.IsNullOrEmpty(text) && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65535))
        {
            throw new InvalidOperationException($"{variable} is '{text}': a port is a number from 1 to 65535.");
        }

        return Ports.Claim(port, owner, variable);
    }
}
