// The peer of the benchmark: transformers.js on the same files. For each line "DTYPE<tab>BATCH<tab>TEXTS" on standard input
// it encodes the texts (a JSON array) in batches and answers with the seconds that took. Nothing is written anywhere.
//   node peer.mjs FOLDER
import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { env, pipeline } from '@huggingface/transformers';

const [folder] = process.argv.slice(2);
env.allowRemoteModels = false;
env.localModelPath = dirname(resolve(folder));

const pipelines = {};
const load = (dtype) => (pipelines[dtype] ??= pipeline('feature-extraction', basename(resolve(folder)), { dtype, device: 'cpu' }));

for await (const line of createInterface({ input: process.stdin })) {
  const [dtype, batch, textsFile] = line.split('\t');
  const extract = await load(dtype);
  const texts = JSON.parse(readFileSync(textsFile, 'utf8'));
  const start = performance.now();
  for (let i = 0; i < texts.length; i += Number(batch)) {
    await extract(texts.slice(i, i + Number(batch)), { pooling: 'mean', normalize: true });
  }
  console.log((performance.now() - start) / 1000);
}
