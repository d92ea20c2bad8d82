// Measures transformers.js against the library: the share of texts that get the same ids, and its speed. It is no reference: it
// approximates compiled maps, white space and the ends of words, and leaves out a closing special token where it truncates.
//   node tokenize.mjs FOLDER TEXTS IDS
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PreTrainedTokenizer } from '@huggingface/transformers';

const [folder, textsFile, idsFile] = process.argv.slice(2);
const lines = (file) => readFileSync(file, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));

// Without the configuration next to it, so that both read the same file.
const tokenizer = new PreTrainedTokenizer(JSON.parse(readFileSync(join(folder, 'tokenizer.json'), 'utf8')), {});
const texts = lines(textsFile);
const expected = lines(idsFile);

let best = Infinity;
let ids;
for (let round = 0; round < 2; round++) {
  const before = process.cpuUsage();
  ids = texts.map((text) => tokenizer.encode(text));
  const spent = process.cpuUsage(before);
  best = Math.min(best, (spent.user + spent.system) / 1e6);
}

const equal = ids.filter((each, index) => JSON.stringify(each) === JSON.stringify(expected[index].ids)).length;
const tokens = ids.reduce((sum, each) => sum + each.length, 0);
console.log(`  transformers.js: ${(100 * equal / texts.length).toFixed(2)} % equal, ${Math.round(tokens / best).toLocaleString('en')} tokens a second of processor time`);
