using System.Diagnostics;
using System.Globalization;

namespace IngestEmbeddings.Cli;

/// <summary>Reads the failpoints from the environment variable <c>INGEST_FAILPOINT</c>, for tests of crashes.</summary>
/// <remarks>
/// Form: <c>point:action[@n]</c>, several parted by <c>|</c>, such as <c>before_commit:kill@3|after_claim:sleep=500</c>.
/// Actions: <c>exit</c> (code 99), <c>kill</c> (SIGKILL), <c>sleep=ms</c>, <c>throw</c>. <c>@n</c>: only the n-th time.
/// </remarks>
internal static class FailpointVariable
{
    private const string Name = "INGEST_FAILPOINT";

    /// <summary>The failpoints that the variables of a process arm.</summary>
    public static Failpoints Read(IReadOnlyDictionary<string, string> environment) =>
        environment.GetValueOrDefault(Name) is { Length: > 0 } text ? Parse(text) : Failpoints.None;

    /// <summary>The failpoints that a specification arms.</summary>
    /// <exception cref="IngestException">The specification cannot be read.</exception>
    public static Failpoints Parse(string specification)
    {
        var rules = specification.Split('|').Select(Rule.Parse).ToArray();
        return new Failpoints(async point =>
        {
            foreach (var rule in rules)
            {
                await rule.ReachAsync(point);
            }
        });
    }

    private sealed class Rule(string point, string action, int? occurrence)
    {
        private int _count;

        public static Rule Parse(string text)
        {
            if (text.Split(':') is not [var point, var rest])
            {
                throw Malformed(text);
            }

            var parts = rest.Split('@');
            int? occurrence = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : null;
            return parts[0] is "exit" or "kill" or "throw" || parts[0].StartsWith("sleep=", StringComparison.Ordinal)
                ? new Rule(point, parts[0], occurrence)
                : throw Malformed(text);
        }

        public async ValueTask ReachAsync(string reached)
        {
            if (reached != point || (Interlocked.Increment(ref _count) is var count && occurrence is { } n && count != n))
            {
                return;
            }

            switch (action)
            {
                case "exit":
                    Environment.Exit(99);
                    break;
                case "kill":
                    using (var self = Process.GetCurrentProcess())
                    {
                        self.Kill();
                    }

                    // The signal is on its way; nothing after this point may run.
                    await Task.Delay(Timeout.Infinite);
                    break;
                case "throw":
                    throw new InvalidOperationException($"Failpoint {point}.");
                default:
                    await Task.Delay(int.Parse(action["sleep=".Length..], CultureInfo.InvariantCulture));
                    break;
            }
        }

        private static IngestException Malformed(string text) =>
            new(IngestError.Configuration, $"{Name} has '{text}'; write point:exit, point:kill, point:throw or point:sleep=ms.");
    }
}
