// Empties functions in a WASM file that the program never calls, but that the linker must keep: Leptos refers to them in
// tables of function pointers, one for each type of view. `hydrate_async` is called by `hydrate_lazy` only, and chapp
// hydrates by `hydrate_body`.
//
// The compiler merges functions that are equal, so one may have several names. Therefore only the bodies of the async
// functions themselves are emptied, which equal nothing else: no functions within them, and no short ones. An emptied
// function traps, which the browser tests would notice. What only these functions call is then removed by wasm-opt.
//
//   node scripts/drop-unused.mjs FILE.wasm…

import { readFileSync, writeFileSync } from "node:fs";

const UNUSED = /(hydrate_async(28_\$u7b\$\$u7b\$closure\$u7d\$\$u7d\$)*|hydrate_from_template)17h[0-9a-f]{16}E$/;
const SHORT_BYTES = 80;
const IMPORT = 2;
const CODE = 10;
const CUSTOM = 0;
// No locals, `unreachable`, `end`.
const TRAP = Buffer.from([3, 0, 0x00, 0x0b]);

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }
  byte() {
    return this.bytes[this.at++];
  }
  // LEB128, unsigned.
  number() {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = this.byte();
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  }
  take(length) {
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
  vector() {
    return this.take(this.number());
  }
  get isDone() {
    return this.at >= this.bytes.length;
  }
}

function leb128(value) {
  const bytes = [];
  do {
    const rest = Math.floor(value / 128);
    bytes.push((value % 128) | (rest > 0 ? 128 : 0));
    value = rest;
  } while (value > 0);
  return Buffer.from(bytes);
}

function sections(file) {
  const reader = new Reader(file);
  reader.take(8);
  const all = [];
  while (!reader.isDone) all.push({ id: reader.byte(), content: reader.vector() });
  return all;
}

// The functions are numbered from the imported ones on.
function importedFunctions(content) {
  const reader = new Reader(content);
  let functions = 0;
  for (let left = reader.number(); left > 0; left--) {
    reader.vector();
    reader.vector();
    const kind = reader.byte();
    if (kind === 0) functions++;
    if (kind === 1) reader.byte(); // the type of a table's elements
    if (kind === 1 || kind === 2) {
      const hasMaximum = reader.byte() & 1;
      reader.number();
      if (hasMaximum) reader.number();
    } else if (kind === 3) {
      reader.take(2);
    } else {
      if (kind === 4) reader.byte();
      reader.number();
    }
  }
  return functions;
}

function unusedFunctions(content) {
  const reader = new Reader(content);
  const unused = new Set();
  if (reader.vector().toString() !== "name") return unused;
  while (!reader.isDone) {
    const kind = reader.byte();
    const names = new Reader(reader.vector());
    if (kind !== 1) continue;
    for (let left = names.number(); left > 0; left--) {
      const index = names.number();
      if (UNUSED.test(names.vector().toString())) unused.add(index);
    }
  }
  return unused;
}

function emptied(content, imported, unused) {
  const reader = new Reader(content);
  const count = reader.number();
  const bodies = [leb128(count)];
  for (let index = 0; index < count; index++) {
    const body = reader.vector();
    const isEmptied = unused.has(imported + index) && body.length >= SHORT_BYTES;
    bodies.push(...(isEmptied ? [TRAP] : [leb128(body.length), body]));
  }
  return Buffer.concat(bodies);
}

for (const path of process.argv.slice(2)) {
  const file = readFileSync(path);
  const all = sections(file);
  const imports = all.find(({ id }) => id === IMPORT);
  const imported = imports ? importedFunctions(imports.content) : 0;
  const named = all.filter(({ id }) => id === CUSTOM).map(({ content }) => unusedFunctions(content));
  const unused = new Set(named.flatMap((found) => [...found]));
  const parts = all.flatMap(({ id, content }) => {
    const kept = id === CODE ? emptied(content, imported, unused) : content;
    return [Buffer.from([id]), leb128(kept.length), kept];
  });
  writeFileSync(path, Buffer.concat([file.subarray(0, 8), ...parts]));
}
