#!/usr/bin/env python3
"""The vectors of builtin:hashing from their definition (docs/hashing.md), in the standard library of Python 3.11.

    hashing.py < TEXTS > VECTORS

Standard input: one JSON string a line. Standard output: one JSON object a line, with the text and the components that are
not 0, by their number. "unassigned" is as in metrics.py.
"""
import itertools
import json
import math
import struct
import sys
import unicodedata

from metrics import has_unassigned

DIMENSION = 384
WORD, GRAM, TEXT = 1, 2, 3
MASK = 2**64 - 1


def feature_hash(kind, text):
    h = 0xCBF29CE484222325 ^ kind
    for c in text:
        h = (h ^ ord(c)) * 0x100000001B3 & MASK
    h = (h ^ h >> 33) * 0xFF51AFD7ED558CCD & MASK
    h = (h ^ h >> 33) * 0xC4CEB9FE1A85EC53 & MASK
    return h ^ h >> 33


def in_word(c):
    return c == "_" or unicodedata.category(c)[0] in "LMN"


def features(text):
    for is_word, run in itertools.groupby(text, in_word):
        if is_word:
            word = "<" + "".join(run) + ">"
            yield WORD, word, 4
            for n in (3, 4, 5):
                for i in range(len(word) - n + 1):
                    yield GRAM, word[i:i + n], 1


def count(features):
    counts = [0] * DIMENSION
    for kind, feature, weight in features:
        h = feature_hash(kind, feature)
        counts[(h >> 32) * DIMENSION >> 32] += -weight if h & 1 else weight
    return counts


def encode(text):
    text = "".join("\ufffd" if unicodedata.category(c) == "Cs" or c == "\ufffe" else c for c in text)
    text = unicodedata.normalize("NFC", text)
    text = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    counts = count(features(text))
    if not any(counts):
        counts = count([(TEXT, text, 1)])
    length = math.sqrt(sum(n * n for n in counts))
    return [struct.unpack("f", struct.pack("f", n / length))[0] for n in counts]


def main():
    for line in sys.stdin:
        text = json.loads(line)
        components = {i: float(f"{x:.9g}") for i, x in enumerate(encode(text)) if x}
        print(json.dumps({"text": text, "unassigned": has_unassigned(text), "components": components}))


if __name__ == "__main__":
    main()
