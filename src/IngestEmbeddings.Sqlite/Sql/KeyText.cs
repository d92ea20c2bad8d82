using System.Globalization;

namespace IngestEmbeddings.Sqlite.Sql;

/// <summary>Shows keys as messages do: <c>42</c> or <c>(7, haw)</c>; bytes in hexadecimal.</summary>
internal static class KeyText
{
    public static string Of(ReadOnlySpan<object> key)
    {
        if (key.Length == 1)
        {
            return Of(key[0]);
        }

        var parts = new string[key.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = Of(key[i]);
        }

        return $"({string.Join(", ", parts)})";
    }

    /// <summary>One column of a key.</summary>
    public static string Of(object value) =>
        value is byte[] bytes ? Convert.ToHexString(bytes) : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}
