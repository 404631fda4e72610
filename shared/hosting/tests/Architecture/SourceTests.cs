using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Text.RegularExpressions;

namespace Coworking.Hosting.Tests.Architecture;

public sealed partial class SourceTests
{
    private const int MaxFile = 250;
    private const int MaxMethod = 60;

    [Fact]
    public void No_file_is_longer_than_a_person_reads_in_one_go()
    {
        Assert.True(Code.Sources.Count > 100, $"Only {Code.Sources.Count} source files were found");
        ShapeTests.Nothing(
            Code.Sources.Where(path => !Code.IsMigration(path)).Select(path => (path, Code.Lines(path).Length)).Where(file => file.Length > MaxFile).Select(file => $"{file.path}: {file.Length}"),
            $"longer than {MaxFile} lines");
    }

    [Fact]
    public void No_method_is_longer_than_a_screen()
    {
        var methods = Code.Assemblies.Append(typeof(SourceTests).Assembly).SelectMany(Methods).ToList();
        Assert.True(methods.Count > 500, $"Only {methods.Count} methods were found");
        Assert.Contains(methods, method => method.Lines > 20);
        ShapeTests.Nothing(
            methods.Where(method => method.Lines > MaxMethod && !Code.IsMigration(method.File)).Select(method => $"{method.File}:{method.Line}: {method.Lines}").Distinct(),
            $"longer than {MaxMethod} lines");
    }

    [Fact]
    public void Program_reads_as_one_page()
    {
        var programs = Code.Sources.Where(path => path.StartsWith("services/", StringComparison.Ordinal) && path.EndsWith("/src/Program.cs", StringComparison.Ordinal)).ToList();
        Assert.Equal(Code.Services.Length, programs.Count);
        ShapeTests.Nothing(programs.Where(path => Code.Lines(path).Length >= 50), "50 lines or more");
    }

    [Fact]
    public void Nothing_is_put_off_in_a_comment()
    {
        var comments = Code.Sources.SelectMany(path => Code.Lines(path).Select((text, index) => (path, text, Line: index + 1))).Where(line => Comment().IsMatch(line.text)).ToList();
        Assert.True(comments.Count > 100, $"Only {comments.Count} comments were found");
        ShapeTests.Nothing(comments.Where(line => PutOff().IsMatch(line.text)).Select(line => $"{line.path}:{line.Line}"), "a comment that puts work off");
    }

    [Fact]
    public void A_warning_is_silenced_only_with_a_reason_beside_it()
    {
        var silenced = Code.Sources.SelectMany(path => Code.Lines(path).Select((text, index) => (path, text, Line: index + 1)))
            .Where(line => line.text.TrimStart().StartsWith("#pragma warning disable", StringComparison.Ordinal) || line.text.TrimStart().StartsWith("[SuppressMessage", StringComparison.Ordinal))
            .ToList();
        Assert.NotEmpty(silenced);
        ShapeTests.Nothing(
            silenced.Where(line => !line.text.Contains("//", StringComparison.Ordinal) && !line.text.Contains("Justification", StringComparison.Ordinal)).Select(line => $"{line.path}:{line.Line}"),
            "silenced without a reason");
    }

    [Fact]
    public void No_service_names_the_schema_of_another()
    {
        var schemas = new Dictionary<string, string> { ["gateway"] = "gateway", ["reservations"] = "reservations", ["iot-ingest"] = "iot" };
        var statements = 0;

        foreach (var (folder, own) in schemas)
        {
            var files = Directory.EnumerateFiles(Path.Combine(Code.Root, "services", folder, "src"), "*.sql", SearchOption.AllDirectories)
                .Where(path => !path.Contains("/bin/", StringComparison.Ordinal) && !path.Contains("/obj/", StringComparison.Ordinal))
                .Concat(Code.Sources.Where(path => path.StartsWith($"services/{folder}/src/", StringComparison.Ordinal)).Select(path => Path.Combine(Code.Root, path)));

            foreach (var file in files)
            {
                var text = File.ReadAllText(file);
                statements += Statement().Count(text);
                ShapeTests.Nothing(
                    Qualified().Matches(text).Select(match => match.Groups["schema"].Value.ToLowerInvariant()).Where(schema => schema != own && schemas.ContainsValue(schema)).Select(schema => $"{file}: {schema}"),
                    $"{folder} reaches into another schema");
            }
        }

        Assert.True(statements > 20, $"Only {statements} statements were found");
    }

    private static IEnumerable<(string File, int Line, int Lines)> Methods(Assembly assembly)
    {
        using var stream = File.OpenRead(Path.ChangeExtension(assembly.Location, ".pdb"));
        using var provider = MetadataReaderProvider.FromPortablePdbStream(stream);
        var reader = provider.GetMetadataReader();

        foreach (var handle in reader.MethodDebugInformation)
        {
            var method = reader.GetMethodDebugInformation(handle);

            // What initializes static fields is many declarations, each read apart, though the compiler makes one method of them.
            if (method.Document.IsNil || assembly.ManifestModule.ResolveMethod(MetadataTokens.GetToken(handle.ToDefinitionHandle())) is ConstructorInfo { IsStatic: true })
            {
                continue;
            }

            var file = Path.GetRelativePath(Code.Root, reader.GetString(reader.GetDocument(method.Document).Name)).Replace('\\', '/');
            var points = method.GetSequencePoints().Where(point => !point.IsHidden).ToList();

            if (points.Count > 0 && Code.Sources.Contains(file))
            {
                var first = points.Min(point => point.StartLine);
                yield return (file, first, points.Max(point => point.EndLine) - first + 1);
            }
        }
    }

    [GeneratedRegex(@"^\s*//", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Comment();

    // Written apart, so that this file is not its own offender.
    [GeneratedRegex(@"//.*\b(TO" + "DO|FIX" + "ME|HA" + @"CK)\b", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex PutOff();

    [GeneratedRegex(@"\b(select|insert into|update|delete from|create table)\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Statement();

    [GeneratedRegex(@"\b(from|join|into|update|table|truncate|copy|references|on|exists)\s+(only\s+)?(?<schema>[a-z_]+)\.[a-z_]+", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Qualified();
}
