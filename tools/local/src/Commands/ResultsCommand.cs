using System.Globalization;
using System.Xml.Linq;

namespace Coworking.Local;

/// <summary>Sums the .trx files of a test run. Beside X.trx lies X.code, the exit code of its run: a crash leaves no failed test behind.</summary>
internal static class ResultsCommand
{
    private static readonly XNamespace Trx = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";

    internal static int Run(string folder)
    {
        var (passed, failed) = (0, 0);
        foreach (var codeFile in Directory.EnumerateFiles(folder, "*.code").Order(StringComparer.Ordinal))
        {
            var project = Path.GetFileNameWithoutExtension(codeFile);
            var code = File.ReadAllText(codeFile).Trim();
            var results = Results(Path.ChangeExtension(codeFile, ".trx"));
            var failures = results.Where(r => r.Outcome != "Passed").ToList();
            passed += results.Count - failures.Count;
            failed += failures.Count;
            foreach (var failure in failures)
            {
                Console.WriteLine($"{failure.Outcome.ToUpperInvariant()} {failure.Name}\n{Indented(failure.Message)}");
            }

            if (code != "0" && failures.Count == 0)
            {
                failed++;
                Console.WriteLine($"FAILED {project}: ended with code {code} without naming a failed test; its output is in {Path.ChangeExtension(codeFile, ".log")}");
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{passed} passed, {failed} failed"));
        return failed == 0 && passed > 0 ? 0 : 1;
    }

    private static List<(string Name, string Outcome, string Message)> Results(string file)
    {
        if (!File.Exists(file))
        {
            return [];
        }

        return
        [
            .. XDocument.Load(file).Descendants(Trx + "UnitTestResult").Select(r => (
                (string?)r.Attribute("testName") ?? "?",
                (string?)r.Attribute("outcome") ?? "Unknown",
                string.Join('\n', r.Descendants(Trx + "ErrorInfo").Elements().Select(e => e.Value)))),
        ];
    }

    private static string Indented(string text) => string.Join('\n', text.Split('\n').Take(40).Select(line => "    " + line));
}
