// The reference's token ids: reads texts (one JSON string a line) and writes for each a line with its ids and, where
// transformers.js differs from its own reference, the names of the rules that had to be put right.
//   node tokenize.mjs FOLDER TEXTS IDS
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PreTrainedTokenizer } from '@huggingface/transformers';
import { repairs } from './repairs.mjs';

const [folder, textsFile, idsFile] = process.argv.slice(2);

const read = (name) => {
  const path = join(folder, name);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
};

// A folder without tokenizer_config.json, which AutoTokenizer insists on, is read with an empty one.
const create = (...names) => {
  const tokenizer = new PreTrainedTokenizer(read('tokenizer.json'), read('tokenizer_config.json'));
  for (const name of names) repairs[name](tokenizer);
  return (text) => JSON.stringify(tokenizer.encode(text));
};

const names = Object.keys(repairs);
const plain = create();
const repaired = create(...names);
const single = names.map((name) => [name, create(name)]);

const answer = (text) => {
  const ids = repaired(text);
  const as_it_is = plain(text);
  if (ids === as_it_is) return `{"ids":${ids}}`;
  const rules = single.filter(([, encode]) => encode(text) !== as_it_is).map(([name]) => name);
  return `{"ids":${ids},"rules":${JSON.stringify(rules)}}`;
};

const lines = readFileSync(textsFile, 'utf8').split('\n').filter((line) => line !== '');
writeFileSync(idsFile, lines.map((line) => answer(JSON.parse(line)) + '\n').join(''));
