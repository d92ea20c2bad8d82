// Writes the texts of the comparison, one JSON string a line: WordNet's glosses, the King James text, the sample corpus
// and the hard cases.
//   node texts.mjs TEXTS
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hardCases } from './hard-cases.mjs';

const WORDNET = ['noun', 'verb', 'adj', 'adv'].map((part) => `/usr/share/wordnet/data.${part}`);
// Every eighth gloss and every fourth verse: enough to meet every kind, and a run takes a minute.
const GLOSS_STEP = 8;
const VERSE_STEP = 4;

const every = (step, texts) => texts.filter((_, index) => index % step === 0);
const lines = (file) => readFileSync(file, 'utf8').split('\n').filter((line) => line !== '');

const glosses = WORDNET.flatMap(lines)
  .filter((line) => !line.startsWith('  '))
  .map((line) => line.slice(line.indexOf('| ') + 2).trimEnd());

// "Gen1:1 In the beginning …"
const verses = execFileSync('bible', ['-f', 'Gen1:1-Rev22:21'], { encoding: 'utf8', maxBuffer: 1 << 26 })
  .split('\n')
  .map((line) => line.slice(line.indexOf(' ') + 1))
  .filter((verse) => verse !== '');

const samples = fileURLToPath(new URL('../../samples/sentences.tsv', import.meta.url));
const sentences = existsSync(samples) ? lines(samples).map((line) => line.slice(line.indexOf('\t') + 1)) : [];

const hard = hardCases();
const texts = [...every(GLOSS_STEP, glosses), ...every(VERSE_STEP, verses), ...sentences, ...hard];
writeFileSync(process.argv[2], texts.map((text) => JSON.stringify(text) + '\n').join(''));
console.error(`${texts.length} texts, ${hard.length} of them hard cases`);
