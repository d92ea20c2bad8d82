using System.Diagnostics.CodeAnalysis;

// Each parent namespace holds a circle, which NamespaceGraphTests must find; the last holds none.
#pragma warning disable MA0048, MA0182, CA1812, CA1823, CS0169, IDE0130, IDE0161, IDE0051

namespace IngestEmbeddings.Tests.Architecture.ByBody.One
{
    internal static class Caller
    {
        public static async Task<int> CallAsync()
        {
            await Task.Yield();
            return Two.Callee.Value();
        }
    }
}

namespace IngestEmbeddings.Tests.Architecture.ByBody.Two
{
    internal static class Callee
    {
        public static int Value() => 1;

        public static Func<Task<int>> Back() => static () => One.Caller.CallAsync();
    }
}

namespace IngestEmbeddings.Tests.Architecture.ByAttribute.One
{
    [AttributeUsage(AttributeTargets.All)]
    internal sealed class MarkAttribute : Attribute
    {
        public Two.Marked? Marked { get; set; }
    }
}

namespace IngestEmbeddings.Tests.Architecture.ByAttribute.Two
{
    [One.Mark]
    internal sealed class Marked;
}

namespace IngestEmbeddings.Tests.Architecture.ByGenericArgument.One
{
    internal abstract class Base
    {
        public IReadOnlyList<Two.Derived[]>? All { get; set; }
    }
}

namespace IngestEmbeddings.Tests.Architecture.ByGenericArgument.Two
{
    internal sealed class Derived : One.Base;
}

namespace IngestEmbeddings.Tests.Architecture.ByParent
{
    [SuppressMessage("Performance", "CA1812", Justification = "Read as metadata only.")]
    internal sealed class Parent
    {
        public static bool Owns(object value) => value is Child.Part;
    }
}

namespace IngestEmbeddings.Tests.Architecture.ByParent.Child
{
    internal struct Part
    {
        private static Parent? _owner;

        public static void Own(Parent owner) => _owner = owner;

        public static Parent? Owner() => _owner;
    }
}

namespace IngestEmbeddings.Tests.Architecture.Layered.Low
{
    internal sealed class Ground;
}

namespace IngestEmbeddings.Tests.Architecture.Layered.High
{
    internal sealed class Roof
    {
        public Low.Ground Ground { get; } = new();
    }
}
