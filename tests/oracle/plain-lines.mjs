// Writes texts (one JSON string a line) as plain lines, for programs that read those.
//   node plain-lines.mjs TEXTS > LINES
import { readFileSync } from 'node:fs';

const texts = readFileSync(process.argv[2], 'utf8').split('\n').filter((line) => line !== '');
process.stdout.write(texts.map((text) => JSON.parse(text).toWellFormed().replace(/[\n\r\0]/g, ' ') + '\n').join(''));
