import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../../..');

/**
 * Has another process start a child program and kills it with SIGKILL, as happens to a relay; what it started is
 * left behind.
 *
 * @param module file name in src/children without extension
 * @param start JavaScript expression, with everything the module exports in `children`
 */
export async function leaveBehind(module: string, start: string): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'left-behind-'));
  try {
    await compile(module, directory);
    const script = `import * as children from './children/${module}.js';
      await (${start}); process.stdout.write('started'); setInterval(() => {}, 1000);`;
    await writeFile(join(directory, 'main.js'), script);
    const relay = spawn(process.execPath, [join(directory, 'main.js')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const started = await Promise.race([
      once(relay.stdout, 'data').then(() => true),
      once(relay, 'exit').then(() => false),
    ]);
    if (!started) throw new Error('the relay to be killed did not start');
    relay.kill('SIGKILL');
    await once(relay, 'exit');
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function compile(module: string, directory: string): Promise<void> {
  await writeFile(join(directory, 'package.json'), '{"type":"module"}');
  const options = '--ignoreConfig --target es2023 --module nodenext --skipLibCheck --types node';
  const compiler = [
    join(root, 'node_modules/typescript/bin/tsc'),
    ...options.split(' '),
    '--rewriteRelativeImportExtensions',
    '--typeRoots',
    join(root, 'node_modules/@types'),
    '--rootDir',
    join(root, 'src'),
    '--outDir',
    directory,
    join(root, `src/children/${module}.ts`),
  ];
  await promisify(execFile)(process.execPath, compiler);
}
