namespace IngestEmbeddings.Onnx.Tokenizers.Pipeline;

/// <summary>A token that is found in the text itself, before the model sees the rest.</summary>
/// <param name="Content">How it is spelt in the text.</param>
/// <param name="Id">Its id.</param>
/// <param name="SingleWord">Found only where it is not part of a longer word.</param>
/// <param name="StripLeft">Takes the white space before it.</param>
/// <param name="StripRight">Takes the white space after it.</param>
/// <param name="Normalized">Looked for in the normalized text rather than in the text as it came.</param>
internal sealed record AddedToken(string Content, int Id, bool SingleWord, bool StripLeft, bool StripRight, bool Normalized);
