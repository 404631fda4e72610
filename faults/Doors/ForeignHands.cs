using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Coworking.Local;

namespace Coworking.Faults.Doors;

/// <summary>S2: every operation against everybody who may come. The matrix is that of docs/security.md, and tests/system tries it: this runs those tests.</summary>
internal static partial class ForeignHands
{
    private const string Class = "Coworking.SystemTests.Security.AccessMatrixTests";

    public static async Task<bool> RunAsync(FaultOptions options, CancellationToken cancellationToken)
    {
        var run = new FaultRun("S2", "every operation against everybody who may come", options);
        var folder = Directory.CreateTempSubdirectory("coworking-matrix-").FullName;

        try
        {
            // Built with this program, in the same configuration.
            var configuration = AppContext.BaseDirectory.Contains("/Debug/", StringComparison.Ordinal) ? "Debug" : "Release";
            var dll = Path.Combine(Repository.Root, "tests/system/bin", configuration, "net10.0", "Coworking.SystemTests.dll");
            var (report, log) = (Path.Combine(folder, "report.xml"), Path.Combine(folder, "tests.log"));
            await using var tests = await ChildProcess.StartAsync(
                new ChildProcessOptions("dotnet", [dll, "-class", Class, "-xml", report]) { Name = "the matrix", LogFile = log, StopSignal = "INT" }, cancellationToken);
            var code = await tests.WaitForExitAsync(cancellationToken);

            if (!File.Exists(report))
            {
                throw new InvalidOperationException($"The tests of the matrix ended with {code}: {tests.LogTail()}");
            }

            var results = XDocument.Load(report).Descendants("test").ToList();
            var checks = results.Select(Check).ToList();
            checks.Add(new Check("tests of the matrix that ran, at least 5", 5, results.Count, Math.Max(0, 5 - results.Count), 0));
            var failures = string.Concat(results.Descendants("message").Take(3).Select(message => $"\n\n```\n{message.Value}\n```"));
            var what = $"""
                docs/security.md says of every operation of the document who may; tests/system/Security tries each against each kind of caller, on things that exist and are another's: nobody, a forged identity, keys that are unknown,
                expired, revoked or of another scope, USER, ADMIN, RECEPTION, SPECIALIST, TECHNICIAN, a CUSTOMER of another account, with a verified e-mail and without, after whom nothing of the
                other may have changed. A CUSTOMER gets at all that is its own, and each service itself is tried against whoever is not the gateway.{failures}
                """;
            return await run.ConcludeAsync(new Verdict(checks), what, fault => fault.First, null, cancellationToken) && code == 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A test that says how many it asked tells that; one that only compares counts as one.</summary>
    private static Check Check(XElement test)
    {
        var name = test.Attribute("method")!.Value.Replace('_', ' ');
        var asked = Asked().Match(test.Element("output")?.Value ?? "") is { Success: true } match ? long.Parse(match.Groups["count"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : 1;
        var held = test.Attribute("result")!.Value == "Pass";
        return new Check(name, asked, held ? asked : 0, held ? 0 : 1, 0);
    }

    [GeneratedRegex(@"(?<count>[0-9]+) requests", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Asked();
}
