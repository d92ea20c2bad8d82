using System.Globalization;
using System.Text;
using IngestEmbeddings.Cli;
using IngestEmbeddings.Cli.Commands;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

return await new Application(Surroundings.OfProcess(), StoreFactory.OpenAsync, EncoderFactory.LoadAsync).RunAsync(args);
