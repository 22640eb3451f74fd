import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseAddresses } from '../../lab/address-space.ts';
import { startPostfix, type PostfixInstance } from '../../lab/postfix-instance.ts';
import { makeScratch, type Scratch } from '../../lab/scratch.ts';
import { until } from '../../lab/until.ts';
import { startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';

/**
 * The same mail waits in a real Postfix and in a relay, and the commands by which scripts look at it and steer it are asked
 * of both. What they print is compared to the column; ids, times and sizes are not the same, and are replaced.
 */

let scratch: Scratch;
let postfix: PostfixInstance;
let relay: RunningRelay;

const mails = [
  { from: 'app@app.test', to: ['one@a.test', 'two@b.test'] },
  { from: 'app@app.test', to: ['three@sub.a.test'] },
  { from: 'bulk@bulk.test', to: ['four@a.test'] },
  { from: '', to: ['five@long-name-of-a-domain.of-many-labels.and-more.test'] },
];

beforeAll(async () => {
  const space = await chooseAddresses();
  scratch = await makeScratch('dr-queue');
  // Nobody listens there.
  const nowhere = `[${space.address(9)}]:${space.port}`;
  const door = { address: space.address(2), port: space.port };
  [postfix, relay] = await Promise.all([
    startPostfix({
      directory: path.join(scratch.directory, 'postfix'),
      ...door,
      parameters: {
        relayhost: nowhere,
        enable_long_queue_ids: 'yes',
        mynetworks: '127.0.0.0/8',
        smtp_tls_security_level: 'none',
        myhostname: 'relay.test',
      },
    }),
    startRelay({
      set: {
        'delivery.relayhost': nowhere,
        'tls.level': 'none',
        'dns.servers': '127.0.0.1:9',
        // Postfix, too, tries each of so few.
        'delivery.destination_concurrency_failed_cohort_limit': '100',
        'dns.dnssec_probe': '',
      },
    }),
  ]);
  for (const mail of mails) {
    await sendMail(door.port, mail, door.address);
    await sendMail(relay.port, mail);
  }
  await until(
    async () => (await ofPostfix('postqueue', '-p')).stdout.match(/refused/g)?.length === mails.length,
  );
  await until(
    async () => (await ofRelay('postqueue', '-p')).stdout.match(/refused/g)?.length === mails.length,
  );
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await postfix?.stop();
  await scratch?.remove();
});

interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(file: string, words: readonly string[], input: string, env: NodeJS.ProcessEnv): Promise<Said> {
  return new Promise((resolve) => {
    const child = execFile(file, [...words], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

const executable = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
const zone = { ...process.env, TZ: 'UTC', LC_ALL: 'C' };

const ofPostfix = (name: string, ...words: readonly string[]): Promise<Said> =>
  run(name, ['-c', postfix.configDirectory, ...words], input, zone);
const ofRelay = (name: string, ...words: readonly string[]): Promise<Said> =>
  run(process.execPath, [executable, name, ...words], input, { ...zone, DANE_RELAY_DATA_DIR: relay.dataDir });
/** What the next command reads. */
let input = '';

/** Ids, times and sizes are replaced, and the widths of their columns kept. */
function alike(text: string): string {
  const first = /^([0-9A-Za-z]{10,20})([*!#]*)( +\d+) (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) .{15}/gm;
  return text
    .replaceAll(first, (all: string, _: string, marks: string) => `ID${marks}, ${all.length} columns`)
    .replaceAll(/-- \d+ Kbytes/g, '-- N Kbytes');
}

/** Blocks of messages in one order, since each queue has its own. */
function blocks(text: string): readonly string[] {
  const [head = '', ...lines] = alike(text).trimEnd().split('\n');
  return [head, ...lines.join('\n').split('\n\n').toSorted()];
}

async function both(name: string, ...words: readonly string[]): Promise<readonly [Said, Said]> {
  return Promise.all([ofPostfix(name, ...words), ofRelay(name, ...words)]);
}

const idsOf = (text: string): readonly string[] =>
  text.split('\n').flatMap((line) => /^([0-9A-Za-z]{10,20})[*!# ]/.exec(line)?.[1] ?? []);

describe('postqueue', () => {
  it('-p', async () => {
    const [theirs, ours] = await both('postqueue', '-p');
    expect(blocks(ours.stdout)).toEqual(blocks(theirs.stdout));
    expect(ours.code).toBe(theirs.code);
    expect(blocks(theirs.stdout).length).toBe(mails.length + 2);
  });

  it('-j', async () => {
    const [theirs, ours] = await both('postqueue', '-j');
    const shape = (text: string): readonly string[] =>
      text
        .trimEnd()
        .split('\n')
        .map((line) =>
          line
            .replace(/"queue_id": "[0-9A-Za-z]+"/, '"queue_id": "I"')
            .replace(/"arrival_time": \d{10}/, '"arrival_time": T')
            .replace(/"message_size": \d+/, '"message_size": N'),
        )
        .toSorted();
    expect(shape(ours.stdout)).toEqual(shape(theirs.stdout));
  });

  it.each([[[]], [['-p', '-j']], [['-i', '../x']], [['-s', 'a b']], [['-q']], [['-p', 'x']]])(
    'refuses %j',
    async (words) => {
      const [theirs, ours] = await both('postqueue', ...words);
      expect(ours).toEqual(theirs);
      expect(theirs.code).toBe(69);
    },
  );

  it('says nothing of an id that it does not know', async () => {
    const [theirs, ours] = await both('postqueue', '-i', '4jX6Z215f0zwqHvm');
    expect(ours).toEqual(theirs);
  });
});

describe('postsuper', () => {
  const marked = (text: string): string => text.replaceAll(/[0-9A-Za-z]{10,20}(?=: )/g, 'I');

  it.each([
    [['-h', 'ALL']],
    [['-h', 'ALL']],
    [['-H', 'ALL', 'deferred']],
    [['-H', 'ALL']],
    [['-d', '4jX6Z215f0zwqHvm']],
    [['-r', 'nobody/here']],
    [['-h', 'ALL', 'everything']],
  ])('%j', async (words) => {
    const [theirs, ours] = await both('postsuper', ...words);
    const lines = ({ stderr }: Said): readonly string[] => marked(stderr).split('\n').toSorted();
    expect(lines(ours)).toEqual(lines(theirs));
    expect(ours.code).toBe(theirs.code);
  });

  it('ids from standard input, by their marks in the list', async () => {
    const [theirs, ours] = await both('postqueue', '-p');
    input = `${idsOf(theirs.stdout)[0] ?? ''}\n`;
    const held = await ofPostfix('postsuper', '-h', '-');
    input = `${idsOf(ours.stdout)[0] ?? ''}\n`;
    const heldOurs = await ofRelay('postsuper', '-h', '-');
    input = '';
    expect(marked(heldOurs.stderr)).toBe(marked(held.stderr));
    const [after, afterOurs] = await both('postqueue', '-p');
    expect(afterOurs.stdout).toContain(`${idsOf(ours.stdout)[0] ?? ''}!`);
    expect(after.stdout).toContain(`${idsOf(theirs.stdout)[0] ?? ''}!`);
    for (const command of [ofPostfix, ofRelay]) await command('postsuper', '-H', 'ALL');
  });
});

describe('qshape', () => {
  beforeAll(async () => {
    for (const command of [ofPostfix, ofRelay]) await command('postsuper', '-h', 'ALL');
  });

  it.each([
    [['hold']],
    [['-s', 'hold']],
    [['-p', '-m', '1', 'hold', 'deferred']],
    [['-b', '3', 'hold']],
    [['-b', '12', '-t', '1', 'hold']],
    [['-l', '-t', '2', 'hold']],
    [['-w', '120', 'hold']],
    [[]],
  ])('%j', async (words) => {
    const rows = ({ stdout }: Said): readonly string[] => {
      const [heads = '', total = '', ...others] = stdout.trimEnd().split('\n');
      // Rows of the same count and width are in no order.
      return [heads, total, ...others.toSorted()];
    };
    let [theirs, ours] = await both('qshape', ...words);
    // A message may come of age between the two calls.
    for (let again = 0; again < 4 && rows(ours).join() !== rows(theirs).join(); again += 1)
      [theirs, ours] = await both('qshape', ...words);
    expect(rows(ours)).toEqual(rows(theirs));
    expect(ours.code).toBe(theirs.code);
  });
});

// Afterwards qshape of Postfix passes over these files, for their new mode.
describe('postsuper -e', () => {
  it('a message on hold that is to expire has both marks', async () => {
    const marks = async (command: typeof ofPostfix): Promise<readonly string[]> => {
      await command('postsuper', '-h', 'ALL');
      await command('postsuper', '-e', 'ALL');
      const { stdout } = await command('postqueue', '-p');
      return stdout.split('\n').flatMap((line) => /^[0-9A-Za-z]{10,20}([*!#]+) /.exec(line)?.[1] ?? []);
    };
    expect(await marks(ofRelay)).toEqual(await marks(ofPostfix));
  });
});
