using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Coworking.Mqtt.Tests.Codec;

public sealed class EncoderTests
{
    [Fact]
    public void Any_message_that_is_published_reads_as_it_was()
    {
        var topics = Gen.Elements('a', '/', 'ä', '漢', ' ', '$').NonEmptyListOf().Select(letters => string.Concat(letters));
        var payloads = Gen.Choose(0, 70_000).Select(length => Encoding.ASCII.GetBytes(new string('p', length)));
        var values = Gen.Elements("", "x", "00-4bf92f3577b34da6-01", "ünï").Select(value => new MqttUserProperty("traceparent", value)).ListOf();
        var levels = Gen.Elements(MqttQualityOfServiceLevel.AtMostOnce, MqttQualityOfServiceLevel.AtLeastOnce);

        var messages =
            from topic in topics
            from payload in payloads
            from properties in values
            from level in levels
            from retain in Gen.Elements(true, false)
            select new MqttApplicationMessage
            {
                Topic = topic,
                Payload = payload,
                UserProperties = [.. properties],
                QualityOfServiceLevel = level,
                Retain = retain,
            };

        Prop.ForAll(messages.ToArbitrary(), ReadsAsItWas).Check(Config.QuickThrowOnFailure.WithReplay(20_261_120UL, 1UL));
    }

    [Fact]
    public void Connect_says_what_the_options_say()
    {
        var output = new ArrayBufferWriter<byte>();
        MqttEncoder.Connect(output, new MqttClientOptions
        {
            Host = "localhost",
            Port = 1883,
            ClientId = "c",
            Username = "u",
            Password = "p",
            CleanStart = false,
            SessionExpiryInterval = TimeSpan.FromHours(1),
            ReceiveMaximum = 500,
            KeepAlive = TimeSpan.FromSeconds(20),
            MaximumPacketSize = 65_536,
            Will = new MqttApplicationMessage { Topic = "w", Payload = "x"u8.ToArray(), QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce, Retain = true },
        });

        Assert.Equal(
            "10-28-00-04-4D-51-54-54-05-EC-00-14-0D-11-00-00-0E-10-21-01-F4-27-00-01-00-00-00-01-63-00-00-01-77-00-01-78-00-01-75-00-01-70",
            BitConverter.ToString(output.WrittenSpan.ToArray()));
    }

    [Fact]
    public void Subscribe_says_every_option_of_a_filter()
    {
        var output = new ArrayBufferWriter<byte>();
        MqttEncoder.Subscribe(output, 10, [
            new MqttTopicFilter("a/+", MqttQualityOfServiceLevel.AtLeastOnce),
            new MqttTopicFilter("#", MqttQualityOfServiceLevel.ExactlyOnce, NoLocal: true, RetainAsPublished: true, MqttRetainHandling.DoNotSendOnSubscribe),
        ]);

        Assert.Equal("82-0D-00-0A-00-00-03-61-2F-2B-01-00-01-23-2E", BitConverter.ToString(output.WrittenSpan.ToArray()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/#")]
    [InlineData("a/+/b")]
    [InlineData("a\0")]
    public void A_topic_name_that_is_none_is_refused_before_anything_is_written(string topic) =>
        Assert.Throws<ArgumentException>(() => MqttApplicationMessage.Validate(new MqttApplicationMessage { Topic = topic }));

    [Fact]
    public void A_lone_surrogate_cannot_be_sent()
    {
        var output = new ArrayBufferWriter<byte>();
        var message = new MqttApplicationMessage { Topic = "t", UserProperties = [new MqttUserProperty("n", "\ud800")] };
        Assert.ThrowsAny<ArgumentException>(() => MqttEncoder.Publish(output, message, 0, duplicate: false));
        Assert.Equal(0, output.WrittenCount);
    }

    private static bool ReadsAsItWas(MqttApplicationMessage message)
    {
        var output = new ArrayBufferWriter<byte>();
        MqttEncoder.Publish(output, message, 513, duplicate: false);
        var buffer = new ReadOnlySequence<byte>(output.WrittenMemory);
        using var reader = new MqttFrameReader(1024 * 1024);
        Assert.True(reader.TryRead(ref buffer, out var frame));
        Assert.Equal(MqttEncoder.LengthOf(message), output.WrittenCount);
        Assert.True(buffer.IsEmpty);
        var read = MqttDecoder.Publish(frame, connection: null);
        return Encoding.UTF8.GetString(read.Topic) == message.Topic
            && read.Payload.SequenceEqual(message.Payload.Span)
            && read.QualityOfServiceLevel == message.QualityOfServiceLevel
            && read.Retain == message.Retain
            && read.PacketId == (message.QualityOfServiceLevel == MqttQualityOfServiceLevel.AtMostOnce ? 0 : 513)
            && read.CopyUserProperties().SequenceEqual(message.UserProperties);
    }
}
