// Trains a byte-pair encoding on texts (one JSON string a line) and writes a model folder.
//   node train-bpe.mjs byte-level|byte-level-split|wordpiece TEXTS FOLDER SIZE
// The byte-level ones have the forms of RoBERTa and of Qwen, which cuts by an expression of its own. The WordPiece one takes its vocabulary from the same merges, with ## before every
// token that continues a word.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [kind, textsFile, folder, size] = process.argv.slice(2);
const texts = readFileSync(textsFile, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line).toWellFormed());

const QWEN = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const GPT2 = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;
const printable = (byte) => (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
let unprintable = 0x100;
const alphabet = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : unprintable++));

const cutBytes = (text) => (text.match(GPT2) ?? []).map((word) => Array.from(Buffer.from(word), (byte) => alphabet[byte]));
const cutters = {
  'byte-level': cutBytes,
  'byte-level-split': cutBytes,
  wordpiece: (text) => (text.normalize('NFD').replace(/\p{Mn}/gu, '').toLowerCase().match(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? [])
    .map((word) => Array.from(word, (character, index) => (index === 0 ? character : `##${character}`))),
};

const join2 = (left, right) => left + (kind === 'wordpiece' ? right.slice(2) : right);

/** Learns merges: the most frequent pair first, the earlier in code point order of equals. */
function train(words, alphabetSize) {
  const pairs = new Map();
  const count = (word, sign) => {
    for (let i = 0; i + 1 < word.symbols.length; i++) {
      const pair = `${word.symbols[i]} ${word.symbols[i + 1]}`;
      let entry = pairs.get(pair);
      if (!entry) pairs.set(pair, entry = { count: 0, words: new Set() });
      entry.count += sign * word.count;
      entry.words.add(word);
    }
  };

  words.forEach((word) => count(word, 1));
  const merges = [];
  while (alphabetSize + merges.length < Number(size)) {
    let best;
    for (const [pair, entry] of pairs) {
      if (!best || entry.count > best[1].count || (entry.count === best[1].count && pair < best[0])) best = [pair, entry];
    }
    if (!best || best[1].count < 2) break;

    const [left, right] = best[0].split(' ');
    merges.push([left, right]);
    for (const word of best[1].words) {
      count(word, -1);
      for (let i = 0; i + 1 < word.symbols.length; i++) {
        if (word.symbols[i] === left && word.symbols[i + 1] === right) word.symbols.splice(i, 2, join2(left, right));
      }
      count(word, 1);
    }
    pairs.delete(best[0]);
  }
  return merges;
}

const counts = new Map();
for (const text of texts) {
  for (const symbols of cutters[kind](text)) {
    const key = symbols.join(' ');
    const known = counts.get(key);
    if (known) known.count++;
    else counts.set(key, { symbols, count: 1 });
  }
}

const words = [...counts.values()];
const special = kind === 'wordpiece' ? ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] : ['<s>', '<pad>', '</s>', '<unk>', '<mask>'];
const letters = kind === 'wordpiece' ? [...new Set(words.flatMap(({ symbols }) => symbols))].sort() : [...alphabet].sort();
const merges = train(words, special.length + letters.length);
const tokens = [...new Set([...special, ...letters, ...merges.map(([left, right]) => join2(left, right))])];
const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
const added = special.map((content, id) => ({
  id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true,
}));

const byteLevel = {
  normalizer: null,
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
  post_processor: { type: 'RobertaProcessing', sep: ['</s>', 2], cls: ['<s>', 0], trim_offsets: true, add_prefix_space: false },
  decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
  model: {
    type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: '', end_of_word_suffix: '', fuse_unk: false,
    byte_fallback: false, ignore_merges: false, vocab, merges: merges.map((pair) => pair.join(' ')),
  },
};
const byteLevelSplit = {
  ...byteLevel,
  normalizer: { type: 'NFC' },
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [
      { type: 'Split', pattern: { Regex: QWEN }, behavior: 'Isolated', invert: false },
      { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
    ],
  },
  post_processor: {
    type: 'TemplateProcessing',
    single: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '</s>', type_id: 0 } }],
    pair: [],
    special_tokens: { '</s>': { id: '</s>', ids: [2], tokens: ['</s>'] } },
  },
};
const wordPiece = {
  normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: {
    type: 'TemplateProcessing',
    single: [{ SpecialToken: { id: '[CLS]', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '[SEP]', type_id: 0 } }],
    pair: [],
    special_tokens: { '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] }, '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] } },
  },
  decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  model: { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab },
};

mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify({
  version: '1.0', truncation: null, padding: null, added_tokens: added, ...{ 'byte-level': byteLevel, 'byte-level-split': byteLevelSplit, wordpiece: wordPiece }[kind],
}) + '\n');
writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify({
  model_max_length: 512, pad_token: special[kind === 'wordpiece' ? 0 : 1],
  tokenizer_class: kind === 'wordpiece' ? 'BertTokenizer' : 'RobertaTokenizer',
}) + '\n');
console.error(`${kind}: ${tokens.length} tokens`);
