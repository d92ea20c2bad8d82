// Texts that tokenizers disagree about. The same ones every time.

const LAST_CODE_POINT = 0x3FFFF;
const BLOCK = 0x80;
const PER_BLOCK = 20;
const MIXES = 3000;

const WORDS = [
  'café naïve façade', 'Ångström Øresund straße', 'Việt Nam đường phố', 'ʻōlelo Hawaiʻi', 'Ελλάδα ΟΔΥΣΣΕΥΣ ὀδυσσεύς',
  'Zażółć gęślą jaźń', 'İstanbul ıssız DİYARBAKIR', 'हिन्दी में लिखा हुआ', '한국어 문장', 'が ぎ ぐ ば ぱ ヴ', 'אָלֶף בֵּית', 'العَرَبِيَّة',
  'ﬁnance ﬂow ﬀ ﬃ ﬅ', 'Å Ω K', 'ǅ Ǆ ǆ Ǳ', 'ẞ ß SS', 'e\u0301\u0327\u0323', 'q\u0307\u0323 q\u0323\u0307', 'ỗ ộ ợ ử',
];
const OKINA = ['\u02BB', '\'', '\u2018', '\u2019', '\u02BC', '`', '\u0294'];
const SPECIAL = [
  '[CLS]', '[SEP]', '[PAD]', '[UNK]', '[MASK]', '<s>', '</s>', '<pad>', '<unk>', '<mask>', '<|endoftext|>', '[unused1]',
  '##ing', '▁', '▁the', 'Ġ', 'Ġthe', '<0x0A>', '[cls]', '[ MASK ]', '<S>', '[CLS', 'CLS]', '<s', 's>', '< s >', '[[CLS]]', '<<s>>',
];
const SPACES = [
  ' ', '  ', '\t', '\n', '\r', '\r\n', '\n\n', '\v', '\f', '\u0085', '\u00A0', '\u1680', '\u2002', '\u2009', '\u200A', '\u2028', '\u2029',
  '\u202F', '\u205F', '\u3000', ' \t \n ', '    ',
];
const INVISIBLE = [
  '\0', '\u0001', '\u0008', '\u000E', '\u001B', '\u001F', '\u007F', '\u0080', '\u008F', '\u009F', '\u00AD', '\u034F', '\u061C', '\u180E',
  '\u200B', '\u200C', '\u200D', '\u200E', '\u200F', '\u202A', '\u202E', '\u2060', '\u2066', '\u2069', '\uFE0F', '\uFEFF', '\uFFFC', '\uFFFD',
  '\uFFFE', '\uE000', '\u{E0001}', '\u{F0000}', '\u{10FFFF}',
];
const LONE = ['\uD800', '\uDBFF', '\uDC00', '\uDFFF', '\uDC00\uD800', '\uD83D', '\uDE00'];
const EMOJI = [
  '😀', '👍🏽', '👩‍👩‍👧‍👦', '🏳️‍🌈', '🇺🇸🇫🇷', '1️⃣', '❤️', '👨🏿‍🚀', '🧑‍💻', '☺', '🫠', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '©️ ® ™', '⌚⏰', '🤷‍♀️',
];
const SCRIPTS = [
  '我爱北京天安门。', '東京特許許可局、日本語の文章です。', '𠀀𠮷𪚥𫝀丽', '漢字かなカナｶﾀｶﾅ', '안녕하세요 세계', 'ภาษาไทยไม่มีช่องว่าง', 'สวัสดีครับ ผมชื่อ',
  'لا إله إلا الله', 'اَلْعَرَبِيَّةُ ١٢٣', 'فارسی می‌نویسم ۱۲۳', 'اردو زبان', 'हिन्दी में क्षत्रिय', 'বাংলা ভাষা', 'தமிழ் மொழி', 'ಕನ್ನಡ', 'മലയാളം', 'සිංහල',
  'ខ្មែរ', 'မြန်မာဘာသာ', 'ລາວ', 'བོད་སྐད', 'ქართული', 'Հայերեն', 'አማርኛ', 'ᏣᎳᎩ', 'ᠮᠣᠩᠭᠣᠯ', 'Ελληνικά', 'Русский язык', 'Українська', 'עברית', '𝕳𝖊𝖑𝖑𝖔 𝓦𝓸𝓻𝓵𝓭 𝟙𝟚𝟛',
  '𐐀𐐁𐐂 𐐨𐐩', 'ℌ ℝ ℵ ™ № ℀', '①②③ ⑴ ⒈ Ⅷ ⅷ ½ ⅓ ² ₂', '㎏ ㍿ ㋿ ㈱ ﷺ', 'ＡＢＣ　ａｂｃ　１２３！？', '～〜', '／．，', 'ﾊﾞﾋﾟｶﾞ',
];
const PROSE = [
  'The quick brown fox jumps over the lazy dog.', 'It\'s don\'t we\'re they\'ve I\'m you\'ll he\'d IT\'S \'Tis', 'https://example.org/a?b=c&d=%20#e',
  'user.name+tag@example.com', '3.14159 1,000,000 -5 1e-10 0xFF 12:34:56 2024-02-29', 'C++ C# a->b (x == y) && !z', '<b>bold</b> &amp; <br/>',
  '"quoted" ‘single’ “double” «guillemets» „low“ 「日本」', 'a-b a–b a—b a‐b a‑b a−b', '$5 €6 £7 ¥8 ₹9', 'x² + y³ = z₁', '§ ¶ † ‡ • …', 'ALL CAPS TEXT', 'camelCase snake_case',
  '...!!!???', '_ __ ___', '\\n \\t \\', '{"key": [1, 2]}', '~`^|', 'http://ʻōlelo', 'rock\'n\'roll', 'l\'été d\'être qu\'il',
];

/** A small linear congruential generator, so that the texts need no file. */
const random = (seed) => {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
};

/** Characters of every block that has any: letters, marks, numerals, punctuation, signs. */
function blocks() {
  const texts = [];
  for (let block = 0x20; block <= LAST_CODE_POINT; block += BLOCK) {
    const characters = [];
    for (let code = block; code < block + BLOCK; code++) {
      const character = String.fromCodePoint(code);
      if (/[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(character)) characters.push(character);
    }
    const step = Math.max(1, Math.floor(characters.length / PER_BLOCK));
    const chosen = characters.filter((_, index) => index % step === 0);
    // Of the long blocks of ideographs, every eighth part will do.
    if (chosen.length === 0 || (block >= 0x4E00 && block < 0xD800 && block % 0x400 !== 0) || (block >= 0x20000 && block % 0x1000 !== 0x20)) continue;
    texts.push(chosen.join(''), chosen.join(' '), `a${chosen.join('b')}`);
  }
  return texts;
}

/** All kinds mixed by chance. */
function mixes() {
  const next = random(20240229);
  const pools = [WORDS, SPECIAL, SPACES, INVISIBLE, LONE, EMOJI, SCRIPTS, PROSE, OKINA, SPACES, PROSE, WORDS];
  const pick = (pool) => pool[next(pool.length)];
  return Array.from({ length: MIXES }, () => Array.from({ length: 1 + next(8) }, () => pick(pick(pools))).join(next(2) === 0 ? '' : ' '));
}

const around = (pieces) => pieces.flatMap((piece) => [
  piece, `a${piece}b`, ` ${piece} `, `word ${piece} word`, `${piece}${piece}`, `${piece}word`, `word${piece}`, `word ${piece}.`,
]);

/** All the hard cases, in a fixed order. */
export function hardCases() {
  const okina = OKINA.flatMap((mark) => [`Hawai${mark}i`, `${mark}ōlelo`, `ka ${mark}ā${mark}ī`, `o${mark}ahu ${mark} i`, `KA${mark}U`]);
  const long = [99, 100, 101, 255, 256, 1000, 10000].flatMap((length) => [
    'a'.repeat(length), 'é'.repeat(length), '字'.repeat(length), '😀'.repeat(length), 'ab'.repeat(length), 'x1'.repeat(length), 'a '.repeat(length), '\''.repeat(length),
  ]);
  const twins = [...WORDS, ...SCRIPTS].flatMap((text) => ['NFC', 'NFD', 'NFKC', 'NFKD'].map((form) => text.normalize(form)));
  const cases = [...WORDS, ...SCRIPTS, ...PROSE].flatMap((text) => [text, text.toUpperCase(), text.toLowerCase(), ` ${text}`, `${text}\n`]);
  return [
    '', ...around(SPECIAL), ...around(SPACES), ...around(INVISIBLE), ...around(LONE), ...around(EMOJI),
    ...okina, ...long, ...twins, ...cases, ...blocks(), ...mixes(),
  ];
}
