using System.Text.Json;
using System.Text.Json.Serialization;

namespace Coworking.Hosting.Json;

/// <summary>A member of a PATCH: absent, or given (null included). Absent and null are different wishes.</summary>
/// <typeparam name="T">Type of the member.</typeparam>
/// <param name="Value">The given value; default where absent.</param>
/// <param name="IsGiven">True where the request named the member.</param>
public readonly record struct Optional<T>(T? Value, bool IsGiven = true)
{
    /// <summary>The given value, or what is there already.</summary>
    /// <param name="present">What holds where the request did not name the member.</param>
    public T? Or(T? present) => IsGiven ? Value : present;
}

internal sealed class OptionalConverterFactory : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(Optional<>);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(OptionalConverter<>).MakeGenericType(typeToConvert.GetGenericArguments()))!;

    private sealed class OptionalConverter<T> : JsonConverter<Optional<T>>
    {
        public override bool HandleNull => true;

        public override Optional<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            try
            {
                return new(JsonSerializer.Deserialize<T>(ref reader, options));
            }
            catch (JsonException e)
            {
                // The inner call knows only paths from its own root: without one the outer puts the member's.
                throw new JsonException(e.Message, e);
            }
        }

        public override void Write(Utf8JsonWriter writer, Optional<T> value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, value.Value, options);
    }
}
