using System.Text.Json;
using Coworking.Bus;
using Coworking.Contracts;
using Coworking.Hosting.Messaging;

namespace Coworking.IotIngest.Tests.Messaging;

public sealed class EnvelopeTests
{
    private static readonly DateTimeOffset Now = new(2026, 2, 3, 16, 5, 0, 131, TimeSpan.FromHours(1));

    [Theory]
    [InlineData("amqp://a:b@bus/coworking", "rabbitmq://bus/coworking/")]
    [InlineData("amqp://a:b@bus:5672/coworking", "rabbitmq://bus/coworking/")]
    [InlineData("amqps://a:b@bus:5671/coworking", "rabbitmqs://bus/coworking/")]
    [InlineData("amqp://a:b@bus:5673/%2F", "rabbitmq://bus:5673/%2F/")]
    [InlineData("amqp://a:b@[::1]:5673/", "rabbitmq://[::1]:5673/")]
    [InlineData("amqp://bus", "rabbitmq://bus/")]
    public void Addresses_are_spelt_as_MassTransit_does_and_hold_no_secret(string bus, string address)
    {
        using var envelope = new Envelope(new Uri(bus), "Coworking.Test");

        using var written = Write(envelope, "{}");

        Assert.Equal(address + "coworking:twin-changed", written.RootElement.GetProperty("destinationAddress").GetString());
        Assert.Equal(address + "Coworking.Test", written.RootElement.GetProperty("sourceAddress").GetString());
    }

    [Fact]
    public void The_message_is_what_the_row_holds_letter_for_letter_also_after_one_that_cannot_be_written()
    {
        using var envelope = new Envelope(new Uri("amqp://bus"), "Coworking.Test");
        Assert.ThrowsAny<JsonException>(() => Write(envelope, "{\"name\":"));
        Assert.ThrowsAny<JsonException>(() => Write(envelope, "[]"));

        using var written = Write(envelope, " {\"name\":\"Sala ñ \\u0001\",\"n\":1.50}");

        Assert.Equal("{\"name\":\"Sala ñ \\u0001\",\"n\":1.50}", written.RootElement.GetProperty("message").GetRawText());
        Assert.Equal("2026-02-03T15:05:00.131Z", written.RootElement.GetProperty("sentTime").GetString());
        Assert.Empty(written.RootElement.GetProperty("headers").EnumerateObject());
    }

    private static JsonDocument Write(Envelope envelope, string body) =>
        JsonDocument.Parse(envelope.Write(new OutboxRow(1, Guid.CreateVersion7(), nameof(TwinChanged), body, null), typeof(TwinChanged), "coworking:twin-changed", Now).ToArray());
}
