// What the browser downloads for the first page: WASM, JS and CSS, as the server sends them (brotli).
// These are the files that every page references, and what its scripts import. Lazily loaded files do not count:
// `end2end/tests/later.spec.ts` checks that they are loaded later.
//
//   node scripts/bundle-size.mjs APP           measures APP/site and writes APP/bundle-size.json
//   node scripts/bundle-size.mjs APP --check   only compares the written sizes with end2end/bundle-budget.json

import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [app, mode] = process.argv.slice(2);
const report = join(app, "bundle-size.json");
const budget = JSON.parse(readFileSync(new URL("../end2end/bundle-budget.json", import.meta.url)));

if (mode !== "--check") {
  const pkg = join(app, "site", "pkg");
  const all = readdirSync(pkg).filter((name) => /\.(wasm|js|css)$/.test(name)).sort();
  const first = new Set(all.filter((name) => name.startsWith("chapp.")));
  // The set grows while it is iterated.
  for (const name of first) {
    if (!name.endsWith(".js")) continue;
    for (const imported of all) {
      if (imported.endsWith(".js") && readFileSync(join(pkg, name), "utf8").includes(imported)) first.add(imported);
    }
  }
  const sizes = (names) => Object.fromEntries(names.map((name) => [name, statSync(join(pkg, `${name}.br`)).size]));
  const files = sizes([...first].sort());
  const later = sizes(all.filter((name) => !first.has(name)));
  const bytes = Object.values(files).reduce((sum, size) => sum + size, 0);
  writeFileSync(report, `${JSON.stringify({ bytes, files, later }, null, 2)}\n`);
}

const { bytes, files, later } = JSON.parse(readFileSync(report));
const kb = (size) => `${(size / 1000).toFixed(1)} KB`;
for (const kind of ["wasm", "js", "css"]) {
  if (!Object.keys(files).some((name) => name.endsWith(`.${kind}`))) {
    console.error(`error: the build has no ${kind} file`);
    process.exit(1);
  }
}
console.log(`First page load, brotli: ${kb(bytes)} of ${budget.limit_kb} KB allowed`);
for (const [name, size] of Object.entries(files)) console.log(`  ${kb(size).padStart(9)}  ${name}`);
for (const [name, size] of Object.entries(later)) console.log(`  ${kb(size).padStart(9)}  ${name}, when it is needed`);
if (mode === "--check") {
  // The first load has a budget, and so has each file: what one saves, another must not use up unnoticed. A file's name
  // is the part before the hash and its ending; chunks are numbered by the build, so they share one budget.
  const used = { total: bytes };
  for (const [name, size] of [...Object.entries(files), ...Object.entries(later)]) {
    const [stem] = name.split(".");
    const key = `${stem.replace(/^chunk_\d+$/, "chunk")}.${name.split(".").pop()}`;
    used[key] = (used[key] ?? 0) + size;
  }
  const limits = { total: budget.limit_kb, ...budget.files_kb };
  let isWithin = true;
  for (const [name, size] of Object.entries(used)) {
    if (size <= limits[name] * 1000) continue;
    const limit = limits[name] === undefined ? "it has no budget" : `more than the budget of ${limits[name]} KB`;
    console.error(`error: ${name}: ${kb(size)}, ${limit} (end2end/bundle-budget.json)`);
    isWithin = false;
  }
  if (!isWithin) process.exit(1);
}
