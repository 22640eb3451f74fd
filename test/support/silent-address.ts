import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const listener = `require('node:net').createServer().listen({
  host: process.argv[1], port: Number(process.argv[2]), backlog: 1,
}, () => process.stdout.write('listening'))`;

/**
 * Makes an address of this machine as silent as a firewall that drops everything: a listener that never accepts, with a
 * full queue, whose further callers the kernel does not answer. Call what it returns to end that.
 */
export async function silence(address: string, port: number): Promise<() => Promise<void>> {
  const child = spawn(process.execPath, ['-e', listener, address, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const callers: Socket[] = [];
  const stop = async (): Promise<void> => {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    for (const caller of callers) caller.destroy();
    await gone;
  };
  try {
    await once(child.stdout, 'data');
    child.kill('SIGSTOP');
    while (await isAnswered(address, port, callers));
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Calls once more, and stays. */
async function isAnswered(address: string, port: number, callers: Socket[]): Promise<boolean> {
  if (callers.length > 20) throw new Error(`${address}:${port} will not fall silent`);
  const caller = connect(port, address).on('error', () => undefined);
  callers.push(caller);
  const answered = await Promise.race([
    once(caller, 'connect').then(() => true),
    new Promise<false>((resolve) => {
      setTimeout(() => resolve(false), 500);
    }),
  ]);
  return answered;
}
