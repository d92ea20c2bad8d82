// The reference's vectors: for each line "TEXTS<tab>VECTORS" on standard input, reads texts (a JSON array) and writes their
// vectors, normalised, as 32-bit floats in the machine's order.
//   node vectors.mjs FOLDER POOLING
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { env, pipeline } from '@huggingface/transformers';

const [folder, pooling] = process.argv.slice(2);
env.allowRemoteModels = false;
env.localModelPath = dirname(resolve(folder));
const extract = await pipeline('feature-extraction', basename(resolve(folder)), { dtype: 'fp32', device: 'cpu' });

// Poolings that transformers.js has are left to it; the others are done here on what its model gives.
const own = { Mean: 'mean', Cls: 'cls', LastToken: 'last_token' }[pooling];
const vector = async (text) => {
  if (own) return (await extract(text, { pooling: own, normalize: true })).data;
  const tokens = await extract(text, { pooling: 'none' });
  const [, length, hidden] = tokens.dims;
  const largest = new Float64Array(hidden).fill(-Infinity);
  for (let i = 0; i < length * hidden; i++) largest[i % hidden] = Math.max(largest[i % hidden], tokens.data[i]);
  const norm = Math.hypot(...largest);
  return Float32Array.from(largest, (value) => value / norm);
};

for await (const line of createInterface({ input: process.stdin })) {
  const [textsFile, vectorsFile] = line.split('\t');
  const vectors = [];
  for (const text of JSON.parse(readFileSync(textsFile, 'utf8'))) vectors.push(Buffer.from(Float32Array.from(await vector(text)).buffer));
  writeFileSync(vectorsFile, Buffer.concat(vectors));
  console.log('done');
}
