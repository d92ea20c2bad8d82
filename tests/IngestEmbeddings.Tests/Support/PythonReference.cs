using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Xunit;

namespace IngestEmbeddings.Tests.Support;

/// <summary>Runs a script of <c>Support/reference</c>: an implementation in plain Python, made from the definitions alone.</summary>
/// <remarks>Without <c>python3</c> the test is skipped, with the reason; on a build server (<c>CI=true</c>) it fails.</remarks>
internal static class PythonReference
{
    private const string Missing = "No python3 on the PATH: install Python 3.11 or later, standard library only.";

    /// <summary>Runs a script and gives the lines of its standard output.</summary>
    /// <param name="script">The file's name, such as <c>metrics.py</c>.</param>
    /// <param name="arguments">The arguments of the script.</param>
    /// <param name="input">The lines of its standard input.</param>
    public static async Task<IReadOnlyList<string>> RunAsync(
        string script, IEnumerable<string> arguments, IEnumerable<string> input)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        var start = new ProcessStartInfo("python3")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = utf8,
            StandardOutputEncoding = utf8,
            StandardErrorEncoding = utf8,
        };
        start.Environment["PYTHONUTF8"] = "1";
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        start.ArgumentList.Add(Repository.PathOf("tests", "IngestEmbeddings.Tests", "Support", "reference", script));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Start(start);
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        var output = ReadLinesAsync(process.StandardOutput, cancellation);
        foreach (var line in input)
        {
            await process.StandardInput.WriteLineAsync(line.AsMemory(), cancellation);
        }

        process.StandardInput.Close();
        var lines = await output;
        await process.WaitForExitAsync(cancellation);
        return process.ExitCode == 0
            ? lines
            : throw new InvalidOperationException($"{script} ended with {process.ExitCode}: {await errors}");
    }

    /// <summary>A text as a JSON string with every unusual UTF-16 unit escaped: the way that lets a lone surrogate through.</summary>
    public static string Quote(string text)
    {
        var json = new StringBuilder("\"");
        foreach (var unit in text)
        {
            _ = unit is >= ' ' and <= '~' and not ('"' or '\\')
                ? json.Append(unit)
                : json.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
        }

        return json.Append('"').ToString();
    }

    /// <summary>True when this Unicode version knows every character; where not, the reference may have a newer one.</summary>
    public static bool IsAssigned(string text) => text.EnumerateRunes().All(IsAssigned);

    /// <summary>True when this Unicode version knows a character, or knows that it will never be one.</summary>
    public static bool IsAssigned(Rune rune) =>
        Rune.GetUnicodeCategory(rune) != UnicodeCategory.OtherNotAssigned
        || (rune.Value & 0xFFFE) == 0xFFFE
        || rune.Value is >= 0xFDD0 and <= 0xFDEF;

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception) when (!IsBuildServer)
        {
            throw Xunit.Sdk.SkipException.ForSkip(Missing);
        }
        catch (Win32Exception failure)
        {
            throw new InvalidOperationException(Missing, failure);
        }
    }

    private static bool IsBuildServer =>
        string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase);

    private static async Task<List<string>> ReadLinesAsync(StreamReader reader, CancellationToken cancellation)
    {
        var lines = new List<string>();
        while (await reader.ReadLineAsync(cancellation) is { } line)
        {
            lines.Add(line);
        }

        return lines;
    }
}
