using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Security.Cryptography;

namespace ShippedModel;

/// <summary>Reads resources out of an assembly without loading it (ECMA-335, II.22.24 and II.24.2.1).</summary>
internal static class AssemblyResource
{
    /// <summary>Reads a resource that is embedded in the assembly.</summary>
    /// <param name="assembly">The file of the assembly.</param>
    /// <param name="name">The name of the resource.</param>
    /// <param name="sha256">The SHA-256 that it must have, in lower-case hexadecimal.</param>
    /// <exception cref="InvalidDataException">There is no such resource, or it is another one.</exception>
    public static byte[] Read(string assembly, string name, string sha256)
    {
        using var stream = File.OpenRead(assembly);
        using var image = new PEReader(stream);
        var metadata = image.GetMetadataReader();
        var resource = metadata.ManifestResources
            .Select(metadata.GetManifestResource)
            .Where(candidate => candidate.Implementation.IsNil && metadata.GetString(candidate.Name) == name)
            .ToArray();
        if (resource is not [var found] || image.PEHeaders.CorHeader is not { } header)
        {
            throw new InvalidDataException($"{assembly} has no resource {name}.");
        }

        var section = image.GetSectionData(header.ResourcesDirectory.RelativeVirtualAddress);
        var offset = checked((int)found.Offset);
        var length = section.GetReader(offset, sizeof(int)).ReadInt32();
        var content = section.GetReader(offset + sizeof(int), length).ReadBytes(length);
        var actual = Convert.ToHexStringLower(SHA256.HashData(content));
        return actual == sha256 ? content : throw new InvalidDataException(
            $"{name} of {assembly} has the SHA-256 {actual} instead of {sha256}: it is another model, or damaged.");
    }
}
