using System.Buffers;
using Npgsql.Internal;
using Npgsql.Internal.Postgres;
using NpgsqlTypes;

// The driver calls its extension points experimental, because they may change with a new version of it.
#pragma warning disable NPG9001

namespace IngestEmbeddings.Postgres.Wire;

/// <summary>A vector as a value that is sent in a form.</summary>
internal readonly record struct SentVector<TForm>(ReadOnlyMemory<float> Components)
    where TForm : IVectorForm;

/// <summary>Teaches the driver to send vectors, and arrays of them and of places of rows (<c>tid</c>).</summary>
/// <remarks>
/// The Pgvector package sends vectors component by component and checks the room for each, which took a third of the tool's time
/// with a fast model. Here a vector is turned into its bytes at once. The driver knows no arrays of <c>tid</c>.
/// </remarks>
internal sealed class WireTypes : PgTypeInfoResolverFactory
{
    private const string Place = "tid";

    public override IPgTypeInfoResolver CreateResolver() => new Resolver(Single());

    public override IPgTypeInfoResolver CreateArrayResolver()
    {
        var types = new TypeInfoMappingCollection(Single());
        types.AddStructArrayType<SentVector<Singles>>(Singles.TypeName);
        types.AddStructArrayType<SentVector<Halves>>(Halves.TypeName);
        types.AddStructArrayType<SentVector<Signs>>(Signs.TypeName);
        types.AddStructArrayType<NpgsqlTid>(Place);
        return new Resolver(types);
    }

    private static TypeInfoMappingCollection Single()
    {
        var types = new TypeInfoMappingCollection();
        Add<Singles>(types);
        Add<Halves>(types);
        Add<Signs>(types);
        types.AddStructType<NpgsqlTid>(Place, static (options, mapping, _) => mapping.CreateInfo(options, new PlaceConverter()), isDefault: true);
        return types;
    }

    private static void Add<TForm>(TypeInfoMappingCollection types)
        where TForm : IVectorForm =>
        types.AddStructType<SentVector<TForm>>(
            TForm.TypeName, static (options, mapping, _) => mapping.CreateInfo(options, new Converter<TForm>()));

    private sealed class Resolver(TypeInfoMappingCollection types) : IPgTypeInfoResolver
    {
        public PgTypeInfo? GetTypeInfo(Type? type, DataTypeName? dataTypeName, PgSerializerOptions options) =>
            types.Find(type, dataTypeName, options);
    }

    private sealed class Converter<TForm> : PgStreamingConverter<SentVector<TForm>>
        where TForm : IVectorForm
    {
        public override SentVector<TForm> Read(PgReader reader) => throw new NotSupportedException("Vectors are only sent.");

        public override ValueTask<SentVector<TForm>> ReadAsync(PgReader reader, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException("Vectors are only sent.");

        public override Size GetSize(SizeContext context, SentVector<TForm> value, ref object? writeState) =>
            TForm.Size(value.Components.Length);

        public override void Write(PgWriter writer, SentVector<TForm> value)
        {
            var bytes = Rent(value, out var size);
            writer.WriteBytes(bytes.AsSpan(0, size));
            ArrayPool<byte>.Shared.Return(bytes);
        }

        public override async ValueTask WriteAsync(PgWriter writer, SentVector<TForm> value, CancellationToken cancellationToken = default)
        {
            var bytes = Rent(value, out var size);
            await writer.WriteBytesAsync(bytes.AsMemory(0, size), cancellationToken);
            ArrayPool<byte>.Shared.Return(bytes);
        }

        private static byte[] Rent(SentVector<TForm> value, out int size)
        {
            size = TForm.Size(value.Components.Length);
            var bytes = ArrayPool<byte>.Shared.Rent(size);
            TForm.Write(value.Components.Span, bytes.AsSpan(0, size));
            return bytes;
        }
    }

    /// <summary>The number of the block in 32 bits, and of the row in it in 16 (<c>tidrecv</c>).</summary>
    private sealed class PlaceConverter : PgBufferedConverter<NpgsqlTid>
    {
        public override bool CanConvert(DataFormat format, out BufferRequirements bufferRequirements)
        {
            bufferRequirements = BufferRequirements.CreateFixedSize(sizeof(uint) + sizeof(ushort));
            return format is DataFormat.Binary;
        }

        protected override NpgsqlTid ReadCore(PgReader reader) => new(reader.ReadUInt32(), reader.ReadUInt16());

        protected override void WriteCore(PgWriter writer, NpgsqlTid value)
        {
            writer.WriteUInt32(value.BlockNumber);
            writer.WriteUInt16(value.OffsetNumber);
        }
    }
}
