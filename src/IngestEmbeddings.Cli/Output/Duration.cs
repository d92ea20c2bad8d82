using System.Globalization;

namespace IngestEmbeddings.Cli.Output;

/// <summary>Writes a duration as people say it: in its two largest units.</summary>
internal static class Duration
{
    /// <summary><c>42 s</c>, <c>3 min 20 s</c>, <c>2 h 5 min</c>, <c>3 d 4 h</c>.</summary>
    public static string Of(TimeSpan time)
    {
        var whole = TimeSpan.FromSeconds(Math.Round(Math.Max(0, time.TotalSeconds)));
        FormattableString text = whole switch
        {
            { TotalMinutes: < 1 } => $"{whole.Seconds} s",
            { TotalHours: < 1 } => $"{whole.Minutes} min {whole.Seconds} s",
            { TotalDays: < 1 } => $"{whole.Hours} h {whole.Minutes} min",
            _ => $"{whole.Days} d {whole.Hours} h",
        };
        return text.ToString(CultureInfo.InvariantCulture);
    }
}
