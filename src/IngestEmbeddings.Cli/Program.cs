using System.Globalization;
using System.Runtime.CompilerServices;
using IngestEmbeddings.Cli.Commands;
using IngestEmbeddings.Cli.Output;

namespace IngestEmbeddings.Cli;

/// <summary>Where the process begins.</summary>
internal static class Program
{
    // Not asynchronous: what that needs may fail to load where too few files may be open.
    private static int Main(string[] arguments) =>
        Descriptors.AreTooFew() ? ExitCode.Configuration : Run(arguments);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Run(string[] arguments)
    {
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var context = ProcessContext.OfProcess();
        try
        {
            context = context with { Failpoints = FailpointVariable.Read(context.Environment) };
        }
        catch (IngestException exception)
        {
            context.Error.WriteLine($"error: {exception.Message}");
            return (int)exception.Error;
        }

        var code = new Application(context, StoreFactory.Opener(context.Failpoints), EncoderFactory.LoadAsync).RunAsync(arguments).GetAwaiter().GetResult();
        if (context.Output is LastingWriter { Fault: { } fault })
        {
            context.Error.WriteLine($"warning: The standard output could not be written ({fault}): a part of it is missing.");
            return code == ExitCode.Done ? ExitCode.Stopped : code;
        }

        return code;
    }
}
