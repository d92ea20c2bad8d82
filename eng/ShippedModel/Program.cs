using System.Globalization;
using ShippedModel;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var builder = new ModelBuilder { Assembly = args[0], Files = args[1], Texts = args[2] };
await builder.BuildAsync(target: args[3]);
