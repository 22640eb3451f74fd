// node deploy/complete-lock.mjs: run after `npm install` on a machine whose registry has no packages for other
// platforms. npm leaves such optional packages out of package-lock.json there, and `npm ci` then refuses the lock file.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const systems = /darwin|win32|linux|freebsd|openharmony|android/;
const processors = /arm64|arm|x64|ia32|ppc64|riscv64|s390x|loong64|wasm32/;
let added = 0;

for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const os = systems.exec(name)?.[0];
    const cpu = processors.exec(name)?.[0];
    const path = `node_modules/${name}`;
    if (lock.packages[path] !== undefined || os === undefined || cpu === undefined || !/^\d/.test(version))
      continue;
    lock.packages[path] = {
      version,
      cpu: [cpu],
      ...(entry.dev ? { dev: true } : {}),
      optional: true,
      os: [os],
    };
    added += 1;
  }
}

lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} optional packages of other platforms added to package-lock.json`);
