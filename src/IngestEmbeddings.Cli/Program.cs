using System.Globalization;
using System.Text;
using IngestEmbeddings.Cli;
using IngestEmbeddings.Cli.Commands;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

var context = ProcessContext.OfProcess();
return await new Application(context, StoreFactory.Opener(context.Failpoints), EncoderFactory.LoadAsync).RunAsync(args);
