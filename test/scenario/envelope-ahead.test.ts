import { createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { chooseAddresses } from '../lab/address-space.ts';
import { makeScratch } from '../lab/scratch.ts';
import { until } from '../lab/until.ts';
import { belongings } from '../support/belongings.ts';
import { runCommand } from '../support/run-command.ts';
import { startRelay } from '../support/running-relay.ts';
import { sendMail } from '../support/send-mail.ts';

const keep = belongings();
const PAUSE_MS = 50;

/** What a host hears: a command by its verb, or `dot`; and how many of these it has heard so far, this one included. */
type Heard = (what: string, count: number) => 'deaf' | 'gone' | undefined;

/**
 * A host far away: what came together is answered together, some time later. It greets nobody before `open`. From a
 * command on at which it is `deaf` it takes everything and says nothing; where it is `gone` it hangs up, and says nothing
 * of what it took.
 */
async function farHost(hears: Heard = () => undefined) {
  const space = await chooseAddresses();
  const [address, port] = [space.address(1), space.port];
  const subjects: string[] = [];
  const sockets = new Set<Socket>();
  const counts = new Map<string, number>();
  const most = { open: 0 };
  let turns = 0;
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));

  function converse(socket: Socket): void {
    let unread = '';
    let subject = '';
    let inContent = false;
    let isDeaf = false;
    sockets.add(socket);
    most.open = Math.max(most.open, sockets.size);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    void opened.then(() => socket.write('220 mx.test ESMTP\r\n'));

    function answer(line: string): string | undefined {
      if (inContent && line !== '.') {
        if (line.startsWith('Subject: ')) subject = line.slice(9);
        return undefined;
      }
      const what = inContent ? 'dot' : line.slice(0, 4);
      inContent = what === 'DATA';
      if (what === 'dot') subjects.push(subject);
      const count = (counts.get(what) ?? 0) + 1;
      counts.set(what, count);
      const how = hears(what, count);
      isDeaf ||= how === 'deaf';
      if (how === 'gone') socket.destroy();
      if (isDeaf || socket.destroyed) return undefined;
      if (what === 'EHLO') return '250-mx.test\r\n250-8BITMIME\r\n250 PIPELINING';
      if (what === 'DATA') return '354 go on';
      return what === 'dot' ? '250 2.0.0 queued' : '250 ok';
    }

    socket.on('data', (chunk: Buffer) => {
      unread += chunk.toString('latin1');
      const lines = unread.split('\r\n');
      unread = lines.pop() ?? '';
      const isTurn = lines.some((line) => line === '.' || line.startsWith('MAIL'));
      const replies = lines.map(answer).filter((reply) => reply !== undefined);
      if (replies.length === 0) return;
      if (isTurn) turns += 1;
      setTimeout(() => socket.write(replies.map((reply) => `${reply}\r\n`).join('')), PAUSE_MS);
    });
  }

  const server = createServer({ noDelay: true }, converse);
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  keep({
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  return { address, port, subjects, counts, most, open, turns: () => turns };
}

function settingsFor(
  { port }: { readonly port: number },
  connections: number,
  more: Readonly<Record<string, string>>,
): Record<string, string> {
  return {
    'dns.servers': '127.0.0.1:9',
    'dns.dnssec_probe': '',
    'tls.level': 'none',
    'delivery.port': String(port),
    'delivery.initial_destination_concurrency': String(connections),
    'delivery.destination_concurrency_limit': String(connections),
    'queue.minimal_backoff': '1s',
    'queue.maximal_backoff': '1s',
    ...more,
  };
}

/** What waits in the queue of a relay, a line for each delivery. */
async function waiting(dataDir: string): Promise<readonly string[]> {
  const { stdout } = await runCommand(['queue', 'list', '--json'], { data_dir: dataDir });
  return stdout
    .toString()
    .split('\n')
    .filter((line) => line !== '');
}

const named = (count: number): string[] => Array.from({ length: count }, (_, index) => `message ${index}`);

const times = (subjects: readonly string[], name: string): number =>
  subjects.filter((subject) => subject === name).length;

describe('the next envelope behind the final dot, to a host far away', () => {
  it.each(['resend', 'hold'])(
    'saves a round trip a message, and each goes out once (%s)',
    async (ambiguous) => {
      const turnsOf = async (isWanted: boolean): Promise<number> => {
        const host = await farHost();
        const wish = { 'queue.ambiguous': ambiguous, 'delivery.envelope_ahead': String(isWanted) };
        const relay = keep(await startRelay({ set: settingsFor(host, 3, wish) }));
        const subjects = named(60);
        const to = `rcpt@[${host.address}]`;
        await Promise.all(subjects.map((subject) => sendMail(relay.port, { to, subject })));
        host.open();
        await until(() => relay.matching(/: removed$/).length === 60, 'all to go out');
        expect(host.subjects.toSorted()).toEqual(subjects.toSorted());
        expect(relay.matching(/status=sent/)).toHaveLength(60);
        expect(host.most.open).toBeLessThanOrEqual(3);
        return host.turns();
      };
      expect(await turnsOf(false)).toBe(2 * 60);
      // One for each, and one more where no mail was at hand.
      expect(await turnsOf(true)).toBeLessThan(60 + 30);
    },
  );

  it('has no more connections than allowed when a host hangs up on dots, and loses nothing', async () => {
    const host = await farHost((what, count) => (what === 'dot' && count % 5 === 0 ? 'gone' : undefined));
    const relay = keep(
      await startRelay({ set: settingsFor(host, 3, { 'delivery.envelope_ahead': 'true' }) }),
    );
    const subjects = named(30);
    const to = `rcpt@[${host.address}]`;
    await Promise.all(subjects.map((subject) => sendMail(relay.port, { to, subject })));
    host.open();
    await until(() => relay.matching(/: removed$/).length === 30, 'all to go out');
    expect(new Set(host.subjects)).toEqual(new Set(subjects));
    expect(relay.matching(/status=sent/)).toHaveLength(30);
    expect(host.most.open).toBeLessThanOrEqual(3);
  });

  // Nothing goes ahead before the destination was seen at work, so behind the first dot there is nothing.
  // At which command the host goes deaf; what it must have heard, or the relay have said, when that is killed; who may have
  // the message twice, or is held; and who is held only, because DATA was said, or soon to be said, for it.
  describe.each<[string, string, string, readonly string[], readonly string[]]>([
    ['before the first dot', 'DATA 1', 'DATA 1', [], ['message 0']],
    ['with a dot out, and an envelope behind it', 'dot 2', 'DATA 3', ['message 1'], []],
    ['with a dot answered, and nothing behind it', 'MAIL 3', 'removed 2', [], ['message 2']],
    ['with a dot answered, and half of what is behind it', 'RCPT 3', 'removed 2', [], ['message 2']],
    ['with a dot answered, and all but 354 behind it', 'DATA 3', 'removed 2', [], ['message 2']],
    ['with the next dot out, too, and an envelope behind it', 'dot 3', 'DATA 4', ['message 2'], []],
  ])('a relay that is killed %s', (_, deafAt, struckAt, doubtful, asked) => {
    it.each(['resend', 'hold'])('loses nothing and sends no other twice (%s)', async (ambiguous) => {
      let isKilled = false;
      const host = await farHost((what, count) =>
        !isKilled && `${what} ${count}` === deafAt ? 'deaf' : undefined,
      );
      const scratch = await makeScratch('ahead');
      keep({ [Symbol.asyncDispose]: () => scratch.remove() });
      const wish = { 'queue.ambiguous': ambiguous, 'delivery.envelope_ahead': 'true' };
      const options = { dataDir: scratch.directory, set: settingsFor(host, 1, wish) };
      const first = keep(await startRelay(options));
      const subjects = named(5);
      for (const subject of subjects) await sendMail(first.port, { to: `rcpt@[${host.address}]`, subject });
      host.open();
      const [what = '', count] = struckAt.split(' ');
      const struck = (): number =>
        what === 'removed' ? first.matching(/: removed$/).length : (host.counts.get(what) ?? 0);
      await until(() => struck() === Number(count), `${struckAt} to come`);
      await first.kill();
      isKilled = true;
      const second = keep(await startRelay(options));
      // The log of the first may lack its last lines, so the queue says when all is over.
      await until(
        async () => (await waiting(second.dataDir)).every((line) => line.includes('"state":"held"')),
        'all to have gone out or be held',
      );
      const held = second.matching(/nrcpt=1, held until/).length;
      const seen = subjects.map((name) => times(host.subjects, name));
      if (ambiguous === 'resend') {
        expect(seen).toEqual(subjects.map((name) => (doubtful.includes(name) ? 2 : 1)));
        return;
      }
      expect(held).toBeGreaterThanOrEqual(doubtful.length);
      expect(held).toBeLessThanOrEqual(doubtful.length + asked.length);
      const heldUnsent = held - doubtful.length;
      expect(seen).toEqual(subjects.map((name) => (asked.includes(name) && heldUnsent > 0 ? 0 : 1)));
    });
  });
});
