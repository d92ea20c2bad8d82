using Shouldly;

namespace IngestEmbeddings.Tests.Support;

/// <summary>A password that every program which the tests start is given, and that may show up nowhere.</summary>
internal static class Canary
{
    /// <summary>The password. Most servers of the tests ask for none; it is set all the same.</summary>
    public const string Password = "kauoha-huna-4417";

    /// <summary>Fails when a text holds the password.</summary>
    public static void ShouldBeAbsentFrom(string text) =>
        text.Contains(Password, StringComparison.Ordinal).ShouldBeFalse($"The password is shown:\n{text}");
}
