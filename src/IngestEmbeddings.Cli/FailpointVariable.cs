using System.Diagnostics;
using System.Globalization;

namespace IngestEmbeddings.Cli;

/// <summary>Reads the failpoints from the environment variable <c>INGEST_FAILPOINT</c>, for tests of crashes.</summary>
/// <remarks>
/// Form: <c>point:action[@n]</c>, several separated by <c>|</c>, such as <c>before_commit:kill@3|after_claim:sleep=500</c>.
/// Actions: <c>exit</c> (code 99), <c>kill</c> (SIGKILL), <c>sleep=ms</c>, <c>throw</c>. <c>@n</c>: only the n-th time.
/// </remarks>
internal static class FailpointVariable
{
    /// <summary>The environment variable.</summary>
    public const string Name = "INGEST_FAILPOINT";

    private const int TestExitCode = 99;
    private const string Sleep = "sleep=";

    /// <summary>The failpoints that the variables of a process arm; none when the variable is not set.</summary>
    /// <exception cref="IngestException">The variable cannot be read.</exception>
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

    private sealed class Rule(string point, Func<Task> action, int? occurrence)
    {
        private int _count;

        public static Rule Parse(string text)
        {
            var parts = text.Split(':', '@');
            if (parts.Length is not (2 or 3) || text.IndexOf(':', StringComparison.Ordinal) != parts[0].Length)
            {
                throw Malformed(text);
            }

            int? occurrence = parts.Length == 3 ? Number(parts[2], text) : null;
            return new Rule(parts[0], Action(parts[0], parts[1], text), occurrence);
        }

        public async ValueTask ReachAsync(string reached)
        {
            if (reached == point && (Interlocked.Increment(ref _count) is var count && (occurrence is null || count == occurrence)))
            {
                await action();
            }
        }

        private static Func<Task> Action(string point, string action, string text) => action switch
        {
            "exit" => () =>
            {
                Environment.Exit(TestExitCode);
                return Task.CompletedTask;
            },
            "kill" => KillAsync,
            "throw" => () => throw new InvalidOperationException($"Failpoint {point}."),
            _ when action.StartsWith(Sleep, StringComparison.Ordinal) && Number(action[Sleep.Length..], text) is var delay =>
                () => Task.Delay(delay),
            _ => throw Malformed(text),
        };

        private static async Task KillAsync()
        {
            using var self = Process.GetCurrentProcess();
            self.Kill();
            // The signal is on its way; nothing after this point may run.
            await Task.Delay(Timeout.Infinite);
        }

        private static int Number(string digits, string text) =>
            int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Malformed(text);

        private static IngestException Malformed(string text) => new(
            IngestError.Configuration,
            $"{Name} has '{text}'. Give point:exit, point:kill, point:throw or point:sleep=MILLISECONDS, each with @N for the N-th time alone.");
    }
}
