import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const modules = join(import.meta.dirname, '../../../node_modules');
const files = ['smtp-server', 'smtp-connection', 'smtp-stream', 'sasl'] as const;

/** A copy of smtp-server with another text. */
export interface DoctoredCopy extends AsyncDisposable {
  /** Where a module of the copy is. */
  readonly url: (module: 'smtp-server' | 'smtp-connection' | 'smtp-stream') => string;
}

/** Copies the library that is installed. Throws if the text is not in it. */
export async function doctoredCopy(text: string | RegExp, replacement: string): Promise<DoctoredCopy> {
  const folder = await mkdtemp(join(tmpdir(), 'doctored-smtp-server-'));
  const dist = join(folder, 'node_modules/smtp-server/dist/esm');
  await mkdir(join(folder, 'node_modules'), { recursive: true });
  await cp(join(modules, 'smtp-server'), join(folder, 'node_modules/smtp-server'), { recursive: true });
  for (const name of ['nodemailer', 'punycode.js'])
    await symlink(join(modules, name), join(folder, 'node_modules', name));
  let isChanged = false;
  for (const file of files) {
    const path = join(dist, `${file}.js`);
    const before = await readFile(path, 'utf8');
    const after = before.replaceAll(text, () => replacement);
    isChanged ||= after !== before;
    await writeFile(path, after);
  }
  if (!isChanged) throw new Error(`smtp-server has no ${String(text)}`);
  return {
    url: (module) => pathToFileURL(join(dist, `${module}.js`)).href,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
