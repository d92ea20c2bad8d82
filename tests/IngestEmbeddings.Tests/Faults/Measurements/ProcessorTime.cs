using System.Globalization;

namespace IngestEmbeddings.Tests.Faults.Measurements;

/// <summary>The processor time of processes and of all that they have started, as Linux counts it.</summary>
/// <remarks>On a machine that has other things to do the clock tells little, and this tells what the work has cost.</remarks>
internal static class ProcessorTime
{
    // USER_HZ, in which Linux gives times to programs, is 100 on all that it runs on.
    private const double TicksPerSecond = 100;

    /// <summary>The time that a process and its descendants have taken so far, those that have ended included.</summary>
    public static TimeSpan Of(int process)
    {
        var fields = Fields(process);
        if (fields is null)
        {
            return TimeSpan.Zero;
        }

        // utime, stime, and those of children that were waited for: fields 14 to 17 of the manual, counted from the state, the third.
        var own = TimeSpan.FromSeconds(fields[11..15].Sum(field => long.Parse(field, CultureInfo.InvariantCulture)) / TicksPerSecond);
        return Children(process).Aggregate(own, (sum, child) => sum + Of(child));
    }

    private static string[]? Fields(int process)
    {
        try
        {
            // "pid (name) state …"; the name may hold any character.
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            // It has just ended.
            return null;
        }
    }

    private static IEnumerable<int> Children(int process)
    {
        try
        {
            return [.. Directory.GetDirectories($"/proc/{process}/task")
                .SelectMany(task => File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Select(child => int.Parse(child, CultureInfo.InvariantCulture))];
        }
        catch (IOException)
        {
            return [];
        }
    }
}
