using Google.Protobuf;
using IngestEmbeddings.Onnx.Files;

namespace IngestEmbeddings.Onnx.Tokenizers.Loading;

/// <summary>A SentencePiece model as its protobuf file has it; only the fields that decide about ids.</summary>
internal sealed class SentencePieceFile
{
    // The largest published ones, with 256,000 pieces, have 5 MB.
    private const int MaxBytes = 64 << 20;

    private const int PiecesField = 1;
    private const int TrainerField = 2;
    private const int NormalizerField = 3;

    public const int UnigramType = 1;
    public const int BpeType = 2;

    public required string Path { get; init; }

    public List<SentencePiece> Pieces { get; } = [];

    /// <summary>1 is Unigram, 2 BPE.</summary>
    public int ModelType { get; private set; } = UnigramType;

    public bool SpaceIsSuffix { get; private set; }

    public bool ByteFallback { get; private set; }

    public byte[] CharsMap { get; private set; } = [];

    public bool AddsDummyPrefix { get; private set; } = true;

    public bool RemovesExtraSpaces { get; private set; } = true;

    public bool EscapesSpaces { get; private set; } = true;

    public static SentencePieceFile Read(string path)
    {
        var file = new SentencePieceFile { Path = path };
        try
        {
            using var stream = RegularFile.Open(path, MaxBytes);
            using var input = new CodedInputStream(stream);
            while (input.ReadTag() is not 0 and var tag)
            {
                file.ReadField(tag, input);
            }
        }
        catch (InvalidProtocolBufferException fault)
        {
            throw new IngestException(IngestError.Configuration, $"{path} is not a SentencePiece model, or is cut off. Fetch the file again.", fault);
        }
        catch (Exception fault) when (fault is IOException)
        {
            throw new IngestException(IngestError.Configuration, $"{path} cannot be read: {fault.Message}", fault);
        }

        return file.Pieces.Count > 0 ? file : throw file.Fault("has no pieces: it is not a SentencePiece model");
    }

    public IngestException Fault(string what) => new(IngestError.Configuration, $"{Path} {what}.");

    private void ReadField(uint tag, CodedInputStream input)
    {
        switch (WireFormat.GetTagFieldNumber(tag))
        {
            case PiecesField:
                Pieces.Add(ReadPiece(Message(input)));
                break;
            case TrainerField:
                ReadTrainer(Message(input));
                break;
            case NormalizerField:
                ReadNormalizer(Message(input));
                break;
            default:
                // Self-test data and how text is made of pieces.
                input.SkipLastField();
                break;
        }
    }

    private static CodedInputStream Message(CodedInputStream input) => input.ReadBytes().CreateCodedInput();

    private static SentencePiece ReadPiece(CodedInputStream input)
    {
        var (text, score, type) = ("", 0f, SentencePieceType.Normal);
        while (input.ReadTag() is not 0 and var tag)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1:
                    text = input.ReadString();
                    break;
                case 2:
                    score = input.ReadFloat();
                    break;
                case 3:
                    type = (SentencePieceType)input.ReadEnum();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return new SentencePiece(text, score, type);
    }

    private void ReadTrainer(CodedInputStream input)
    {
        while (input.ReadTag() is not 0 and var tag)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 3:
                    ModelType = input.ReadEnum();
                    break;
                case 24:
                    SpaceIsSuffix = input.ReadBool();
                    break;
                case 35:
                    ByteFallback = input.ReadBool();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }
    }

    private void ReadNormalizer(CodedInputStream input)
    {
        while (input.ReadTag() is not 0 and var tag)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 2:
                    CharsMap = input.ReadBytes().ToByteArray();
                    break;
                case 3:
                    AddsDummyPrefix = input.ReadBool();
                    break;
                case 4:
                    RemovesExtraSpaces = input.ReadBool();
                    break;
                case 5:
                    EscapesSpaces = input.ReadBool();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }
    }
}

/// <summary>One entry of the vocabulary.</summary>
internal sealed record SentencePiece(string Text, float Score, SentencePieceType Type);

/// <summary>What an entry is for.</summary>
internal enum SentencePieceType
{
    /// <summary>Found in texts.</summary>
    Normal = 1,

    /// <summary>Stands for what no piece covers.</summary>
    Unknown = 2,

    /// <summary>A special token.</summary>
    Control = 3,

    /// <summary>Always kept whole.</summary>
    UserDefined = 4,

    /// <summary>Never found.</summary>
    Unused = 5,

    /// <summary>One byte of what no piece covers.</summary>
    Byte = 6,
}
