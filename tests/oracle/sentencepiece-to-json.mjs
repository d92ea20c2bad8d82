// Writes the tokenizer.json of a SentencePiece Unigram model, in the form that XLM-RoBERTa's family has.
//   node sentencepiece-to-json.mjs MODEL FOLDER
// The ids stay SentencePiece's own, so that spm_encode can be compared with as well.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const CONTROL = 3;
const UNKNOWN = 2;

/** The fields of a protobuf message: [number, value], where a value is a number or bytes. */
function* fields(bytes) {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    if ((key & 7) === 0) yield [key >> 3, varint()];
    else if ((key & 7) === 5) yield [key >> 3, bytes.subarray(at, at += 4)];
    else if ((key & 7) === 2) {
      const length = varint();
      yield [key >> 3, bytes.subarray(at, at += length)];
    } else throw new Error(`wire type ${key & 7}`);
  }
}

const [modelFile, folder] = process.argv.slice(2);
const message = [...fields(readFileSync(modelFile))];
const pieces = message.filter(([number]) => number === 1).map(([, bytes]) => {
  const piece = Object.fromEntries(fields(bytes));
  return { text: piece[1].toString(), score: piece[2]?.readFloatLE() ?? 0, type: piece[3] ?? 1 };
});
const normalizer = Object.fromEntries(fields(message.find(([number]) => number === 3)[1]));

const idOf = (text) => pieces.findIndex((piece) => piece.text === text);
const special = (token) => ({ id: token, ids: [idOf(token)], tokens: [token] });
const tokenizer = {
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: pieces.flatMap(({ text, type }, id) => (type === CONTROL || type === UNKNOWN
    ? [{ id, content: text, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }] : [])),
  normalizer: { type: 'Precompiled', precompiled_charsmap: normalizer[2].toString('base64') },
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [{ type: 'WhitespaceSplit' }, { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true }],
  },
  post_processor: {
    type: 'TemplateProcessing',
    single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '</s>', type_id: 0 } }],
    pair: [],
    special_tokens: { '<s>': special('<s>'), '</s>': special('</s>') },
  },
  decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
  model: {
    type: 'Unigram',
    unk_id: pieces.findIndex(({ type }) => type === UNKNOWN),
    vocab: pieces.map(({ text, score }) => [text, score]),
    byte_fallback: false,
  },
};

mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer) + '\n');
writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify({ model_max_length: 512, tokenizer_class: 'XLMRobertaTokenizer', pad_token: '<pad>' }) + '\n');
