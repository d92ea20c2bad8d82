// SentencePiece's compiled normalization map: the size of a double-array trie (Darts-clone), the trie, and the replacements.

/** Reads a map; `shortest` gives the replacement of the shortest rule that a text begins with, or undefined. */
export function readCharsMap(blob) {
  const size = blob.readUInt32LE(0);
  const units = Array.from({ length: size / 4 }, (_, index) => blob.readUInt32LE(4 + index * 4));
  const replacements = blob.subarray(4 + size);
  const offset = (unit) => (unit >>> 10) << ((unit & 0x200) >>> 6);

  const shortest = (text) => {
    let place = offset(units[0]);
    for (const byte of Buffer.from(text)) {
      if (byte === 0) return undefined;
      place ^= byte;
      const unit = units[place];
      if (unit === undefined || ((unit & 0x800000FF) >>> 0) !== byte) return undefined;
      place ^= offset(unit);
      if (unit & 0x100) {
        const start = units[place] & 0x7FFFFFFF;
        return replacements.subarray(start, replacements.indexOf(0, start)).toString();
      }
    }
    return undefined;
  };
  return { shortest };
}
