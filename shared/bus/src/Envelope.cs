using System.Buffers;
using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using Coworking.Hosting.Json;
using Coworking.Hosting.Messaging;

namespace Coworking.Bus;

/// <summary>
/// The envelope in which MassTransit sends and expects messages, around JSON as it stands in the outbox: reading that to write it again would cost more
/// than the rest of sending. The same buffer each time, so for one sender.
/// </summary>
internal sealed class Envelope : IDisposable
{
    private readonly ArrayBufferWriter<byte> _buffer = new(4096);
    private readonly Utf8JsonWriter _writer;
    private readonly byte[] _host;
    private readonly string _bus;
    private readonly string _source;

    /// <param name="bus">amqp address of the virtual host.</param>
    /// <param name="service">Name of the sender.</param>
    public Envelope(Uri bus, string service)
    {
        _writer = new Utf8JsonWriter(_buffer);
        // As MassTransit spells addresses: without the ports that everybody knows.
        var port = bus.Port is -1 or 5671 or 5672 ? "" : $":{bus.Port}";
        _bus = $"{(bus.Scheme == "amqps" ? "rabbitmqs" : "rabbitmq")}://{bus.Host}{port}{bus.AbsolutePath.TrimEnd('/')}/";
        _source = _bus + service;
        _host = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                Environment.MachineName,
                ProcessName = Process.GetCurrentProcess().ProcessName,
                Environment.ProcessId,
                Assembly = service,
                AssemblyVersion = Assembly.GetEntryAssembly()?.GetName().Version?.ToString(),
                FrameworkVersion = Environment.Version.ToString(),
                OperatingSystemVersion = RuntimeInformation.OSDescription,
            },
            JsonSerializerOptions.Web);
    }

    /// <summary>The message of a row in its envelope; valid until the next call.</summary>
    /// <param name="row">What is to be said.</param>
    /// <param name="type">Its contract.</param>
    /// <param name="exchange">Where it is said.</param>
    /// <param name="now">When (UTC).</param>
    /// <exception cref="JsonException">The row's body is no JSON object.</exception>
    public ReadOnlyMemory<byte> Write(OutboxRow row, Type type, string exchange, DateTimeOffset now)
    {
        if (!row.Body.AsSpan().TrimStart().StartsWith('{'))
        {
            throw new JsonException("the body is no object");
        }

        _buffer.ResetWrittenCount();
        _writer.Reset();
        _writer.WriteStartObject();
        _writer.WriteString("messageId"u8, row.MessageId);
        _writer.WriteString("conversationId"u8, row.MessageId);
        _writer.WriteString("sourceAddress"u8, _source);
        _writer.WriteString("destinationAddress"u8, _bus + exchange);
        _writer.WriteStartArray("messageType"u8);
        _writer.WriteStringValue($"urn:message:{type.Namespace}:{type.Name}");
        _writer.WriteEndArray();
        _writer.WritePropertyName("message"u8);
        _writer.WriteRawValue(row.Body);
        _writer.WriteString("sentTime"u8, InstantConverter.Text(now));
        _writer.WriteStartObject("headers"u8);

        if (row.TraceParent is not null)
        {
            _writer.WriteString("traceparent"u8, row.TraceParent);
        }

        _writer.WriteEndObject();
        _writer.WritePropertyName("host"u8);
        _writer.WriteRawValue(_host, skipInputValidation: true);
        _writer.WriteEndObject();
        _writer.Flush();
        return _buffer.WrittenMemory;
    }

    public void Dispose() => _writer.Dispose();
}
