using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace IngestEmbeddings.Benchmarks.Models;

/// <summary>Copies resources out of the assembly of a restored NuGet package, which is never loaded.</summary>
internal static class PackageResources
{
    /// <summary>Finds the assembly of a package.</summary>
    /// <param name="id">The package; its assembly has the same name.</param>
    /// <param name="version">Its version.</param>
    /// <returns>The path, or null when the package is not restored.</returns>
    public static string? Find(string id, string version)
    {
        var root = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var library = Path.Combine(root, id.ToLowerInvariant(), version, "lib");
        return Directory.Exists(library)
            ? Directory.EnumerateFiles(library, id + ".dll", SearchOption.AllDirectories).FirstOrDefault()
            : null;
    }

    /// <summary>Writes the resource whose name ends in a suffix to a file.</summary>
    /// <exception cref="InvalidDataException">The assembly has no such resource.</exception>
    public static unsafe void Copy(string assembly, string suffix, string target)
    {
        using var file = File.OpenRead(assembly);
        using var image = new PEReader(file);
        var metadata = image.GetMetadataReader();
        foreach (var handle in metadata.ManifestResources)
        {
            var resource = metadata.GetManifestResource(handle);
            if (!metadata.GetString(resource.Name).EndsWith(suffix, StringComparison.Ordinal))
            {
                continue;
            }

            // ECMA-335, II.24.2.3: the length in four bytes, then the data.
            var section = image.GetSectionData(image.PEHeaders.CorHeader!.ResourcesDirectory.RelativeVirtualAddress);
            var data = section.Pointer + resource.Offset;
            using var output = File.Create(target);
            output.Write(new ReadOnlySpan<byte>(data + sizeof(int), *(int*)data));
            return;
        }

        throw new InvalidDataException($"{assembly} has no resource that ends in {suffix}.");
    }
}
