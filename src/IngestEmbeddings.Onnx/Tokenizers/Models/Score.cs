using System.Globalization;

namespace IngestEmbeddings.Onnx.Tokenizers.Models;

/// <summary>Reads the score of a token as the reference's JSON library (serde_json) does.</summary>
/// <remarks>
/// It takes the digits as a whole number of 64 bits and multiplies or divides once by a power of ten, so that the result is up to
/// one unit in the last place off. Where sums of scores are equal but for that unit, it decides which tokens are chosen.
/// </remarks>
internal static class Score
{
    private const int MaxPower = 308;
    private const int MaxExponentDigits = 6;

    /// <summary>The score; null where it is out of range.</summary>
    /// <param name="json">A number as JSON writes it.</param>
    public static double? Parse(ReadOnlySpan<char> json)
    {
        var isNegative = json[0] == '-';
        var position = isNegative ? 1 : 0;
        var (significand, exponent, isFull) = (0UL, 0, false);
        var isFraction = false;
        for (; position < json.Length && json[position] is not ('e' or 'E'); position++)
        {
            if (json[position] == '.')
            {
                // A digit of the fraction may still fit where one of the whole part did not.
                (isFraction, isFull) = (true, false);
                continue;
            }

            var digit = (ulong)(json[position] - '0');
            isFull |= significand > (ulong.MaxValue - digit) / 10;
            significand = isFull ? significand : (significand * 10) + digit;
            exponent += isFull ? isFraction ? 0 : 1 : isFraction ? -1 : 0;
        }

        if (position < json.Length)
        {
            var digits = json[(position + 1)..];
            if (digits.TrimStart('+').TrimStart('-').TrimStart('0').Length > MaxExponentDigits)
            {
                return digits[0] == '-' || significand == 0 ? 0 : null;
            }

            exponent += int.Parse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        }

        return Scale(significand, exponent) is { } value ? isNegative ? -value : value : null;
    }

    private static double? Scale(double value, int exponent)
    {
        for (; exponent < -MaxPower && value != 0; exponent += MaxPower)
        {
            value /= 1e308;
        }

        if (value == 0 || exponent == 0)
        {
            return value;
        }

        if (exponent > MaxPower)
        {
            return null;
        }

        // The literals of the powers, correctly rounded.
        var power = double.Parse($"1e{Math.Abs(exponent)}", CultureInfo.InvariantCulture);
        value = exponent < 0 ? value / power : value * power;
        return double.IsFinite(value) ? value : null;
    }
}
