// Where transformers.js is known to differ from the reference, the `tokenizers` library, these put the reference's rule in
// its place. docs/tokenizers.md gives the reasons. Each works on one tokenizer of @huggingface/transformers.
import { readCharsMap } from './charsmap.mjs';

const WHITE_SPACE = /\p{White_Space}/u;

/** Visits a tokenizer's parts of one type; sequences are looked into. */
function visit(tokenizer, member, type, change) {
  const walk = (part, config) => {
    if (config?.type === type) change(part, config);
    const inner = config?.normalizers ?? config?.pretokenizers ?? [];
    inner.forEach((each, index) => walk((part.normalizers ?? part.tokenizers)[index], each));
  };
  walk(tokenizer._tokenizer[member], tokenizer._tokenizer.tokenizer[member]);
}

const isIdeograph = (code) =>
  (code >= 0x4E00 && code <= 0x9FFF) || (code >= 0x3400 && code <= 0x4DBF) || (code >= 0x20000 && code <= 0x2A6DF) ||
  (code >= 0x2A700 && code <= 0x2B73F) || (code >= 0x2B740 && code <= 0x2B81F) || (code >= 0x2B920 && code <= 0x2CEAF) ||
  (code >= 0xF900 && code <= 0xFAFF) || (code >= 0x2F800 && code <= 0x2FA1F);

export const repairs = {
  // UTF-8 has no lone surrogates: the reference is given U+FFFD.
  'lone-surrogate': (tokenizer) => {
    const encode = tokenizer._tokenizer.encode.bind(tokenizer._tokenizer);
    tokenizer._tokenizer.encode = (text, options) => encode(text.toWellFormed(), options);
  },

  // transformers.js looks at UTF-16 units, so that it never sees an ideograph outside the first plane.
  'bert-ideograph': (tokenizer) => visit(tokenizer, 'normalizer', 'BertNormalizer', (part) => {
    part.tokenize_chinese_chars = (text) =>
      Array.from(text, (character) => (isIdeograph(character.codePointAt(0)) ? ` ${character} ` : character)).join('');
  }),

  // JavaScript's lower case knows the end of a word (final sigma); the reference goes character by character.
  'bert-lower-case': (tokenizer) => visit(tokenizer, 'normalizer', 'BertNormalizer', (part) => {
    const normalize = part.normalize.bind(part);
    part.normalize = (text) => {
      // A text of lower case already has nothing left for JavaScript to lower.
      const lowered = part.config.lowercase ? Array.from(text, (character) => character.toLowerCase()).join('') : text;
      return normalize(lowered);
    };
  }),

  // transformers.js approximates the compiled map by NFKC and a list of spaces.
  'precompiled-map': (tokenizer) => visit(tokenizer, 'normalizer', 'Precompiled', (part) => {
    const { shortest } = readCharsMap(Buffer.from(part.charsmap, 'base64'));
    const clusters = new Intl.Segmenter('en', { granularity: 'grapheme' });
    const each = (cluster) => Array.from(cluster, (character) => shortest(character) ?? character).join('');
    part.normalize = (text) => Array.from(clusters.segment(text), ({ segment }) =>
      (Buffer.byteLength(segment) < 6 ? shortest(segment) : undefined) ?? each(segment)).join('');
  }),

  // JavaScript's \s has U+FEFF and lacks U+0085; Unicode's White_Space is the other way round.
  'white-space': (tokenizer) => {
    visit(tokenizer, 'pre_tokenizer', 'WhitespaceSplit', (part) => {
      part.pre_tokenize_text = (text) => text.split(new RegExp(`${WHITE_SPACE.source}+`, 'u')).filter((word) => word !== '');
    });
    visit(tokenizer, 'pre_tokenizer', 'ByteLevel', (part) => {
      part.pattern = new RegExp(part.pattern.source.replaceAll('\\s', '\\p{White_Space}').replaceAll('\\S', '\\P{White_Space}'), 'gu');
    });
  },
};
