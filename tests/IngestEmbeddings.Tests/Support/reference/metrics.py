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

# Sentence_Terminal of Unicode 17.0, the ellipsis, and the ends of lines.
SENTENCE_END = re.compile(
    "["
    "\u0021\u002e\u003f\u0589\u061d-\u061f\u06d4\u0700-\u0702\u07f9\u0837\u0839\u083d-\u083e\u0964-\u0965"
    "\u104a-\u104b\u1362\u1367-\u1368\u166e\u1735-\u1736\u17d4-\u17d5\u1803\u1809\u1944-\u1945\u1aa8-\u1aab"
    "\u1b4e-\u1b4f\u1b5a-\u1b5b\u1b5e-\u1b5f\u1b7d-\u1b7f\u1c3b-\u1c3c\u1c7e-\u1c7f\u2024\u2026\u203c-\u203d"
    "\u2047-\u2049\u2cf9-\u2cfb\u2e2e\u2e3c\u2e53-\u2e54\u3002\ua4ff\ua60e-\ua60f\ua6f3\ua6f7\ua876-\ua877"
    "\ua8ce-\ua8cf\ua92f\ua9c8-\ua9c9\uaa5d-\uaa5f\uaaf0-\uaaf1\uabeb\ufe12\ufe15-\ufe16\ufe52\ufe56-\ufe57\uff01"
    "\uff0e\uff1f\uff61\U00010a56-\U00010a57\U00010f55-\U00010f59\U00010f86-\U00010f89\U00011047-\U00011048"
    "\U000110be-\U000110c1\U00011141-\U00011143\U000111c5-\U000111c6\U000111cd\U000111de-\U000111df"
    "\U00011238-\U00011239\U0001123b-\U0001123c\U000112a9\U000113d4-\U000113d5\U0001144b-\U0001144c"
    "\U000115c2-\U000115c3\U000115c9-\U000115d7\U00011641-\U00011642\U0001173c-\U0001173e\U00011944\U00011946"
    "\U00011a42-\U00011a43\U00011a9b-\U00011a9c\U00011c41-\U00011c42\U00011ef7-\U00011ef8\U00011f43-\U00011f44"
    "\U00016a6e-\U00016a6f\U00016af5\U00016b37-\U00016b38\U00016b44\U00016d6e-\U00016d6f\U00016e98\U0001bc9f"
    "\U0001da88"
    "\n\r\x85\u2028\u2029]"
)
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
