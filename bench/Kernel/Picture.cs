using System.Globalization;
using System.Text;

namespace Coworking.Bench;

/// <summary>A growth curve as SVG: sizes by their logarithm, costs from zero, so that what looks flat is flat.</summary>
internal static class Picture
{
    private const double Width = 640;
    private const double Height = 320;
    private const double Left = 70;
    private const double Right = 40;
    private const double Top = 50;
    private const double Bottom = 55;
    private const int Lines = 4;

    public static string Of(Plan plan, string axis, IReadOnlyList<Growth.Point> points)
    {
        var limit = plan.Goal.Must * points[0].Median;
        var highest = Math.Max(limit, points.Max(point => point.Most)) * 1.08;
        // One more, as a backlog begins at none.
        var (first, last) = (Math.Log(points[0].Size + 1), Math.Log(points[^1].Size + 1));
        double X(long size) => Left + ((Width - Left - Right) * (Math.Log(size + 1) - first) / (last - first));
        double Y(double cost) => Height - Bottom - ((Height - Top - Bottom) * cost / highest);
        var text = new StringBuilder()
            .AppendLine(CultureInfo.InvariantCulture, $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" width="{Width}" height="{Height}" font-family="sans-serif" font-size="12" fill="#333">""")
            .AppendLine("""<rect width="100%" height="100%" fill="#fff"/>""")
            .AppendLine(CultureInfo.InvariantCulture, $"""<text x="{Left}" y="22" font-size="14">{plan.Id}: {plan.Unit}</text>""")
            .AppendLine(CultureInfo.InvariantCulture, $"""<text x="{(Left + Width - Right) / 2}" y="{Height - 12}" text-anchor="middle">{axis}</text>""");

        for (var line = 0; line <= Lines; line++)
        {
            var cost = highest * line / Lines;
            text.AppendLine(CultureInfo.InvariantCulture, $"""<line x1="{Left}" x2="{Width - Right}" y1="{Y(cost):0.#}" y2="{Y(cost):0.#}" stroke="#ddd"/><text x="{Left - 8}" y="{Y(cost) + 4:0.#}" text-anchor="end">{cost:#,0.#}</text>""");
        }

        text.AppendLine(CultureInfo.InvariantCulture, $"""<line x1="{Left}" x2="{Width - Right}" y1="{Y(limit):0.#}" y2="{Y(limit):0.#}" stroke="#c33" stroke-dasharray="6 4"/><text x="{Width - Right}" y="{Y(limit) - 5:0.#}" text-anchor="end" fill="#c33">must: {plan.Goal.Must:0.##} of the first</text>""")
            .AppendLine(CultureInfo.InvariantCulture, $"""<polyline fill="none" stroke="#267" stroke-width="2" points="{string.Join(' ', points.Select(point => FormattableString.Invariant($"{X(point.Size):0.#},{Y(point.Median):0.#}")))}"/>""");

        foreach (var point in points)
        {
            var x = X(point.Size);
            text.AppendLine(CultureInfo.InvariantCulture, $"""<line x1="{x:0.#}" x2="{x:0.#}" y1="{Y(point.Least):0.#}" y2="{Y(point.Most):0.#}" stroke="#267"/><circle cx="{x:0.#}" cy="{Y(point.Median):0.#}" r="4" fill="#267"/>""")
                .AppendLine(CultureInfo.InvariantCulture, $"""<text x="{x:0.#}" y="{Y(point.Median) + 20:0.#}" text-anchor="middle">{point.Median:#,0.#}</text><text x="{x:0.#}" y="{Height - Bottom + 18}" text-anchor="middle">{point.Size:#,0}</text>""");
        }

        return text.AppendLine("</svg>").ToString();
    }
}
