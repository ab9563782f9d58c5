// What the browser downloads for the first page: WASM, JS and CSS, as the server sends them (brotli).
//
//   node scripts/bundle-size.mjs APP           measures APP/site and writes APP/bundle-size.json
//   node scripts/bundle-size.mjs APP --check   only compares what was written with end2end/bundle-budget.json

import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [app, mode] = process.argv.slice(2);
const report = join(app, "bundle-size.json");
const budget = JSON.parse(readFileSync(new URL("../end2end/bundle-budget.json", import.meta.url)));

if (mode !== "--check") {
  const pkg = join(app, "site", "pkg");
  const files = {};
  for (const name of readdirSync(pkg).sort()) {
    // What is split off is loaded when it is first shown.
    if (/^(split_|chunk_)/.test(name)) continue;
    if (/\.(wasm|js|css)$/.test(name)) files[name] = statSync(join(pkg, `${name}.br`)).size;
  }
  const bytes = Object.values(files).reduce((sum, size) => sum + size, 0);
  writeFileSync(report, `${JSON.stringify({ bytes, files }, null, 2)}\n`);
}

const { bytes, files } = JSON.parse(readFileSync(report));
const kb = (size) => `${(size / 1000).toFixed(1)} KB`;
for (const kind of ["wasm", "js", "css"]) {
  if (!Object.keys(files).some((name) => name.endsWith(`.${kind}`))) {
    console.error(`error: the build has no ${kind} file`);
    process.exit(1);
  }
}
console.log(`First page load, brotli: ${kb(bytes)} of ${budget.limit_kb} KB allowed`);
for (const [name, size] of Object.entries(files)) console.log(`  ${kb(size).padStart(9)}  ${name}`);
if (mode === "--check" && bytes > budget.limit_kb * 1000) {
  console.error(`error: more than the budget of ${budget.limit_kb} KB (end2end/bundle-budget.json)`);
  process.exit(1);
}
