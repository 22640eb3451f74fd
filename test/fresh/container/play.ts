import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { Impossible } from '../machine.ts';
import { passingDirectory } from '../passing.ts';
import { must } from '../shell.ts';
import { buildImage } from './image.ts';
import { kubectl } from './kubectl.ts';

type Say = (text: string) => void;

export const containerLine = 'docker build -f deploy/container/Dockerfile -t dane-relay .';

/** Builds the image and plays the tests of the project "container" with it, in namespaces; resolves to what was wrong. */
export async function playContainer(cache: string, say: Say, signal: AbortSignal): Promise<string[]> {
  await must(['node', 'deploy/prepare.mjs', 'container'], { onText: say });
  const { graph } = await buildImage(cache, say);
  const program = await kubectl(cache);
  signal.throwIfAborted();
  const directory = await passingDirectory(cache, 'machine');
  try {
    // Whatever ends this process, the kernel ends everything in there.
    const namespaces = [
      '--net',
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
      '--mount-proc',
      '--propagation',
      'private',
    ];
    const vitest = [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--project',
      'container',
      '--reporter',
      'verbose',
    ];
    const script = 'ip link set lo up && exec "$@"';
    const command = ['unshare', ...namespaces, 'sh', '-c', script, 'sh', process.execPath, ...vitest];
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ISOLATED_NETWORK: 'yes',
        CONTAINER_IMAGES: graph,
        CONTAINER_DIRECTORY: directory,
        KUBECTL: program ?? '',
        NO_COLOR: '1',
      },
    });
    signal.addEventListener('abort', () => child.kill('SIGKILL'), { once: true });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        say(text);
      });
    const [code] = (await once(child, 'close')) as [number | null];
    signal.throwIfAborted();
    const obstacle = /cannot run containers here: (.*)/.exec(output)?.[1];
    if (obstacle !== undefined) throw new Impossible(obstacle);
    const wrong = code === 0 ? [] : [`ended with ${code}`];
    if (!/^ +Tests +\d+ passed \(\d+\)$/m.test(output)) wrong.push('not all of its tests have passed');
    return wrong;
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
