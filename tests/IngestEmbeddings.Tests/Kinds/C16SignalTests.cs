using System.Runtime.InteropServices;
using IngestEmbeddings.Cli;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>Signals that come together are one wish, and each asks to stop in good order.</summary>
public sealed class C16SignalTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ingest-c16-").FullName;

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllLinesAsync(Path.Combine(_folder, "a.txt"), Enumerable.Range(1, 20_000).Select(static i => $"Ua hele ʻo Kalani i Hilo {i}"));
        (await ToolProcess.RunAsync(["load", "sentences", "a.txt"], folder: _folder)).ExitCode.ShouldBe(0);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(UnixSignal.Terminate, UnixSignal.Terminate, 4)]
    [InlineData(UnixSignal.Hangup, UnixSignal.Terminate, 4)]
    [InlineData(UnixSignal.Interrupt, UnixSignal.Terminate, 130)]
    [InlineData(UnixSignal.Terminate, UnixSignal.Interrupt, 4)]
    [InlineData(UnixSignal.Hangup, UnixSignal.Hangup, 4)]
    public async Task Two_signals_within_a_second_are_one(UnixSignal first, UnixSignal second, int code)
    {
        await using var tool = Start();
        await tool.WaitForLineAsync(static line => line.StartsWith("Processed batch", StringComparison.Ordinal));

        tool.Send(first);
        // Two signals that are pending together are handled in no order.
        await tool.WaitForLineAsync(static line => line.Contains("Stopping", StringComparison.Ordinal));
        tool.Send(second);

        var result = await tool.WaitAsync(TimeSpan.FromSeconds(20));
        result.ExitCode.ShouldBe(code, result.Errors);
        result.Output.ShouldContain("The same command does the rest.");
    }

    [Fact]
    public async Task Timeout_ends_a_run_in_good_order()
    {
        await using var tool = Start(Shell.Wrap("timeout 3 \"$@\"; exit $?"));

        // timeout itself says 124; the program's last words show that it ended in good order.
        (await tool.WaitAsync()).Output.ShouldContain("The same command does the rest.");
    }

    [Theory]
    [InlineData(PosixSignal.SIGTERM, PosixSignal.SIGTERM, 999, null)]
    [InlineData(PosixSignal.SIGTERM, PosixSignal.SIGTERM, 1000, 143)]
    [InlineData(PosixSignal.SIGHUP, PosixSignal.SIGHUP, 1000, 129)]
    [InlineData(PosixSignal.SIGTERM, PosixSignal.SIGINT, 2000, 130)]
    [InlineData(PosixSignal.SIGINT, PosixSignal.SIGINT, 0, 130)]
    public void A_second_wish_ends_the_program_at_once(PosixSignal first, PosixSignal second, int milliseconds, int? code)
    {
        var clock = new HandClock();
        int? ended = null;
        using var signals = new StopSignals(_ => { }, clock, exit => ended = exit);

        signals.Take(first);
        clock.Milliseconds = milliseconds;
        signals.Take(second);

        signals.Stopping.IsCancellationRequested.ShouldBeTrue();
        ended.ShouldBe(code);
    }

    private ToolProcess Start(IReadOnlyList<string>? wrapper = null) =>
        ToolProcess.Start(["run", "sentences", "100", "--sleep", "0.2", "--model", "builtin:hashing"], wrapper: wrapper, folder: _folder);

    private sealed class HandClock : TimeProvider
    {
        public int Milliseconds { get; set; }

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => Milliseconds;
    }
}
