using System.Text.Json;
using System.Text.Json.Serialization;
using Coworking.Hosting.Json;
using Coworking.IotIngest.Readings;

namespace Coworking.IotIngest.Windows;

/// <summary>A bucket as it is answered: at, sampleCount, coverage, and avg, min and max of each metric that somebody sent.</summary>
/// <param name="At">Where it begins.</param>
/// <param name="Bucket">Null where nothing came.</param>
[JsonConverter(typeof(SeriesRowWriter))]
internal sealed record SeriesRow(DateTimeOffset At, SeriesBucket? Bucket);

/// <summary>Writes the members one by one: a day of six metrics is 5,000 numbers, and as objects in dictionaries they cost more than reading them.</summary>
internal sealed class SeriesRowWriter : JsonConverter<SeriesRow>
{
    private static readonly JsonEncodedText[] Names = Array.ConvertAll(Metric.All, metric => JsonEncodedText.Encode(metric.Name));

    public override SeriesRow Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

    public override void Write(Utf8JsonWriter writer, SeriesRow value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("at"u8, InstantConverter.Text(value.At));
        writer.WriteNumber("sampleCount"u8, value.Bucket?.SampleCount ?? 0);
        writer.WriteNumber("coverage"u8, value.Bucket?.Coverage ?? 0);

        for (var metric = 0; metric < Metric.Count; metric++)
        {
            if (value.Bucket?.Metrics[metric] is { } summary)
            {
                writer.WriteStartObject(Names[metric]);
                writer.WriteNumber("avg"u8, summary.Average);
                writer.WriteNumber("min"u8, summary.Least);
                writer.WriteNumber("max"u8, summary.Greatest);
                writer.WriteEndObject();
            }
        }

        writer.WriteEndObject();
    }
}
