#!/usr/bin/env python3
"""Text metrics from their definitions, in the standard library of Python 3.11, to check the program against.

    metrics.py [--lexicon FILE] [--language haw] [--tsv] < TEXTS > METRICS

Standard input: one JSON string a line or, with --tsv, a line of which everything after the first tab is the text.
Standard output: one JSON object a line.
"unassigned" is true for a text with a code point that this Python's Unicode version has no character for, and a newer
Unicode may have.
"""
import argparse
import json
import re
import sys
import unicodedata

APOSTROPHES = "'‘’ʻʼ"
MACRONS = dict(zip("āēīōū", "aeiou"))
WORD = re.compile(r"\w+")

# str.split also splits at the four information separators, which Unicode does not give the property White_Space.
NO_WHITE_SPACE = dict.fromkeys(range(0x1C, 0x20), "x")

SENTENCE_END = re.compile("[.!?…‽։؟۔।॥།။។᠃᠉。！？．｡\n\r\x85\u2028\u2029]")
WITHIN_NAME = re.compile(r"[\s'‘’‐‑-]*\Z")


def lower(text):
    """Lower case by code point: the simple mapping, where str.lower would map one to several or look at the context."""
    mapped = (c.lower() for c in text)
    return "".join(m if len(m) == 1 else c for c, m in zip(text, mapped))


def fold(word):
    word = lower(unicodedata.normalize("NFC", word))
    return "".join(MACRONS.get(c, c) for c in word if c not in APOSTROPHES)


def read_lexicon(lines):
    words = (line.translate(NO_WHITE_SPACE).strip() for line in lines)
    return {fold(word) for word in words if word and not word.startswith("-")} - {""}


def is_name(word):
    word = word.lstrip("ʻʼ")
    capitals = [unicodedata.category(c) in ("Lu", "Lt") for c in word if c.isalpha() and c not in "ʻʼ"]
    return bool(word) and word[0].isalpha() and capitals[0] and not all(capitals)


def count_entities(text):
    entities, end, in_name = 0, 0, False
    for match in WORD.finditer(text):
        gap, first = text[end:match.start()], end == 0
        opens = first or SENTENCE_END.search(gap)
        name = not opens and is_name(match.group())
        joined = WITHIN_NAME.match(gap.translate(NO_WHITE_SPACE))
        entities += bool(name and not (in_name and joined))
        end, in_name = match.end(), name
    return entities


def has_unassigned(text):
    return any(unicodedata.category(c) == "Cn" and not is_noncharacter(ord(c)) for c in text)


def is_noncharacter(point):
    return point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF


def measure(text, lexicon, language):
    composed = unicodedata.normalize("NFC", text)
    words = WORD.findall(composed)

    def known(word):
        return (language == "haw" and any(c in MACRONS for c in lower(word))) or fold(word) in lexicon

    return {
        "word_count": len(text.translate(NO_WHITE_SPACE).split()),
        "length": len(text),
        "word_ratio": None if lexicon is None else sum(map(known, words)) / max(1, len(words)),
        "entity_count": count_entities(composed),
        "unassigned": has_unassigned(text),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lexicon")
    parser.add_argument("--language", choices=["haw"])
    parser.add_argument("--tsv", action="store_true")
    options = parser.parse_args()
    lexicon = None
    if options.lexicon:
        with open(options.lexicon, encoding="utf-8-sig") as file:
            lexicon = read_lexicon(file)
    for line in sys.stdin:
        line = line.rstrip("\n")
        text = line.partition("\t")[2] if options.tsv else json.loads(line)
        print(json.dumps(measure(text, lexicon, options.language)))


if __name__ == "__main__":
    main()
