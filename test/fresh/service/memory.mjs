// What happens at the limit of memory: the kernel kills, and nothing that was promised is lost.
import { strict as assert } from 'node:assert';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import {
  group,
  eventually,
  mainPid,
  restarts,
  says,
  settings,
  shell,
  skip,
  step,
  withSettings,
} from './kit.mjs';

const mebibyte = 1024 * 1024;

/**
 * A limit of memory for all processes that the service has now. Where systemd has no controller for that, because the kernel
 * has it in the older hierarchy, the same limit is set there.
 */
function limiter() {
  if (existsSync(`${group}/memory.max`)) {
    return {
      how: 'MemoryMax=',
      set: (bytes) =>
        says(`systemctl set-property --runtime dane-relay MemoryMax=${bytes} MemorySwapMax=0`, 0),
      kills: () => Number(/^oom_kill (\d+)$/m.exec(readFileSync(`${group}/memory.events`, 'utf8'))?.[1]),
      end: () =>
        shell('systemctl revert dane-relay; systemctl set-property --runtime dane-relay MemoryMax=infinity'),
    };
  }
  const root = '/run/dane-relay-memory';
  mkdirSync(root, { recursive: true });
  if (shell(`mount -t cgroup -o memory none ${root}`).status !== 0) return undefined;
  const own = `${root}${/^\d+:memory:(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? ''}/limited`;
  mkdirSync(own, { recursive: true });
  return {
    how: 'the memory controller of the older hierarchy, in the place of MemoryMax=',
    set(bytes) {
      // None while the service waits for its next start.
      for (const pid of processes()) writeFileSync(`${own}/cgroup.procs`, pid);
      writeFileSync(`${own}/memory.limit_in_bytes`, String(bytes));
    },
    kills: () => Number(/^oom_kill (\d+)$/m.exec(readFileSync(`${own}/memory.oom_control`, 'utf8'))?.[1]),
    async end() {
      says('systemctl stop dane-relay', 0);
      rmdirSync(own);
      says(`umount ${root}`, 0);
      rmdirSync(root);
    },
  };
}

/** The kernel begins with this process. */
const kills = {
  'its Redis': () => pidOf('redis-server'),
  'the relay': () => mainPid(),
};

export async function memory() {
  const what = 'at the limit of memory the kernel kills, and no mail is lost';
  const limit = limiter();
  if (limit === undefined) return skip(what, 'this kernel lets nobody limit memory here');
  const before = readFileSync(settings);
  await withSettings(`${before}\n[redis]\nmaxmemory = "1GiB"\n`, before, async () => {
    says('systemctl restart dane-relay', 0);
    for (const [victim, pid] of Object.entries(kills))
      await step(`${what}: ${victim} (${limit.how})`, () => strike(limit, victim, pid()));
  });
  await limit.end();
  says('systemctl restart dane-relay', 0);
}

/** Fills the queue until the kernel has killed, gives more room, and looks for all that was taken. */
async function strike(limit, victim, pid) {
  const [startsBefore, killsBefore] = [restarts(), limit.kills()];
  writeFileSync(`/proc/${pid}/oom_score_adj`, '1000');
  limit.set(260 * mebibyte);
  const taken = [];
  let refused = 0;
  for (let number = 0; number < 300 && limit.kills() === killsBefore; number += 1) {
    const queueId = /queued as (\w+)/.exec(await handOver(2 * mebibyte))?.[1];
    if (queueId === undefined) refused += 1;
    else taken.push(queueId);
  }
  assert.ok(limit.kills() > killsBefore, `nobody was killed after ${taken.length} messages`);
  assert.ok(!existsSync(`/proc/${pid}`), `${victim} was not killed`);
  limit.set(2048 * mebibyte);
  await eventually(`dane-relay queue list >/dev/null && systemctl is-active dane-relay`);
  // OOMPolicy=continue: a child that was killed is no reason to stop the relay.
  assert.equal(restarts() - startsBefore, victim === 'the relay' ? 1 : 0);
  console.log(
    `    ${taken.length} messages of 2 MiB were taken, ${refused} not; ${victim} was killed, and is there again`,
  );
  const list = says('dane-relay queue list', 0);
  assert.deepEqual(
    taken.filter((queueId) => !list.includes(queueId)),
    [],
  );
  await handOver(1024);
  // Room for the next one.
  says('dane-relay queue delete --larger 1MiB --yes', 0);
}

function processes() {
  const file = `${group}/cgroup.procs`;
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
}

/** A process of the service, by its name. */
function pidOf(name) {
  return processes().find((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === name);
}

/** Hands over a message of that size; resolves to all replies, and to what there was when the connection broke. */
async function handOver(bytes) {
  const address = 'somebody@fresh.invalid';
  const body = `${'x'.repeat(70)}\r\n`.repeat(Math.floor(bytes / 72));
  const lines = [
    'EHLO client.fresh.invalid',
    `MAIL FROM:<${address}>`,
    `RCPT TO:<${address}>`,
    'DATA',
    `Subject: large\r\n\r\n${body}.`,
    'QUIT',
  ];
  let replies = '';
  try {
    const socket = connect(2525, '127.0.0.1')
      .setEncoding('utf8')
      .setTimeout(60_000, () => socket.destroy());
    let told = 0;
    for await (const part of socket) {
      replies += part;
      if (/^[45]/m.test(replies)) socket.end();
      const complete = (replies.match(/^\d{3} .*\r\n/gm) ?? []).length;
      for (; told < Math.min(complete, lines.length); told++) socket.write(`${lines[told]}\r\n`);
    }
  } catch {
    // Nobody is there for a moment.
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return replies;
}
