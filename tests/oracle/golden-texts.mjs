// Writes what the committed goldens are made of: a small corpus to train on, the texts whose ids are kept, and rules of
// normalization for SentencePiece (its own are too large to commit).
//   node golden-texts.mjs CORPUS TEXTS RULES
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hardCases } from './hard-cases.mjs';

const HARD_STEP = 17;
const LONGEST = 160;
const SENTENCE_STEP = 3;
const LAST_RULE = 0xFFEE;

const [corpusFile, textsFile, rulesFile] = process.argv.slice(2);
const sentences = readFileSync(fileURLToPath(new URL('../../samples/sentences.tsv', import.meta.url)), 'utf8')
  .split('\n').slice(1).filter((line) => line !== '').map((line) => line.slice(line.indexOf('\t') + 1));

// The second planes hold what runtimes know in different versions.
const isOld = (text) => !/[\u{10D40}-\u{10DFF}\u{10EC0}-\u{10EFF}\u{11380}-\u{113FF}\u{116D0}-\u{18FFF}\u{1CC00}-\u{1CFFF}\u{1E5D0}-\u{1E6FF}\u1AC0-\u1AFF]/u.test(text);
const hard = hardCases().filter((text) => text.length <= LONGEST && isOld(text)).filter((_, index) => index % HARD_STEP === 0);
const write = (file, texts) => writeFileSync(file, texts.map((text) => JSON.stringify(text) + '\n').join(''));
write(corpusFile, [...sentences, ...hard.filter((_, index) => index % 4 === 0)]);
write(textsFile, [...sentences.filter((_, index) => index % SENTENCE_STEP === 0), ...hard]);

// A character, or a letter and its mark, and its NFKC form: of the alphabets, the signs and the compatibility forms.
const hex = (text) => Array.from(text, (character) => character.codePointAt(0).toString(16).toUpperCase()).join(' ');
const rules = new Map([['\t', ' '], ['\n', ' '], ['\r', ' '], ['\u3000', ' '], ['\u200B', ' '], ['\uFEFF', ' '], ['\uFFFD', ' '], ['\u0001', '']]);
for (let code = 0xA0; code <= LAST_RULE; code++) {
  const isChosen = code < 0x250 || (code >= 0x1E00 && code < 0x1F00) || (code >= 0x2000 && code < 0x2500) || code >= 0xFB00;
  if (!isChosen || code === 0xFFFD) continue;
  const character = String.fromCodePoint(code);
  const decomposed = character.normalize('NFD');
  if (decomposed !== character && code < 0x1F00) rules.set(decomposed, character);
  if (character.normalize('NFKC') !== character && character.normalize('NFKC').length <= 3) rules.set(character, character.normalize('NFKC'));
}
writeFileSync(rulesFile, [...rules].map(([from, to]) => `${hex(from)}\t${hex(to)}\n`).join(''));
