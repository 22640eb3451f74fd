import { chmod, mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { freePort } from '../../src/children/free-port.ts';
import { startChild } from '../lab/child.ts';
import type { LabMessage } from '../lab/mail-host.ts';
import { startPostfix } from '../lab/postfix-instance.ts';
import { until } from '../lab/until.ts';
import { RawClient } from '../scenario/intake/raw-client.ts';
import { messageLines, recipient, sender, type Client, type Recipe } from './client.ts';
import { inPrivateRoot } from './private-root.ts';
import type { World } from './world.ts';

/** What came of a recipe. */
export interface Played {
  /** All that arrived. */
  readonly messages: readonly LabMessage[];
  /** What the client wrote, or its log. */
  readonly output: string;
}

/** Does what the recipe says, in the private root above `layer` or on this machine, and waits for what comes of it. */
export async function playRecipe(
  world: World,
  client: Client,
  recipe: Recipe,
  layer: string | undefined,
): Promise<Played> {
  const before = world.host.messages.length;
  const place = await mkdtemp(join(world.directory, `${client.folder}-`));
  // Postfix leaves root behind and must still pass through.
  await chmod(place, 0o711);
  const given = join(place, 'given');
  await mkdir(given);
  await giveFiles(world, client, recipe, given, layer === undefined);
  const arrival = (): Promise<unknown> => world.host.waitForMessages(before + 1);
  const output = recipe.run.startsWith('postfix')
    ? await playPostfix(recipe, place, given, arrival)
    : await playProgram(recipe, place, given, layer, arrival);
  return { messages: world.host.messages.slice(before), output };
}

/** The files of the client, with the ports and places of this test; names are those of a private root. */
async function giveFiles(
  { ports, sendmail, authority }: World,
  { folder }: Client,
  { door }: Recipe,
  given: string,
  isHere: boolean,
): Promise<void> {
  const from = new URL(`${folder}/`, import.meta.url);
  const numbers: Readonly<Record<string, number>> = {
    2525: door === 'starttls' ? ports.starttls : ports.plain,
    587: ports.submission,
    465: ports.implicit,
  };
  for (const name of await readdir(from)) {
    const text = (await readFile(new URL(name, from), 'utf8')).replaceAll(/\b(2525|587|465)\b/g, (number) =>
      String(numbers[number]),
    );
    await writeFile(
      join(given, name),
      isHere
        ? text
            .replaceAll('relay.example.net', 'localhost')
            .replaceAll('/etc/ssl/certs/dane-relay.pem', authority)
            .replaceAll('/usr/sbin/sendmail', sendmail)
            .replaceAll('/etc/postfix', given)
        : text,
    );
  }
  await writeFile(join(given, 'message.eml'), `${messageLines.join('\n')}\n`);
  await writeFile(join(given, 'dane-relay.crt'), await readFile(authority));
  if (isHere)
    await symlink(new URL('../../node_modules', import.meta.url).pathname, join(given, 'node_modules'));
}

/** What the user of a private root has done to its machine before. */
function preparation({ door, files, trustsNobody }: Recipe): string {
  const trust = `cp dane-relay.crt /usr/local/share/ca-certificates/ && update-ca-certificates > /dev/null`;
  return [
    `printf '127.0.0.1 localhost %s\\n127.0.0.9 relay.example.net\\n' "$(hostname)" > /etc/hosts`,
    'echo nameserver 127.0.0.1 > /etc/resolv.conf',
    'echo example.com > /etc/mailname',
    ...files.flatMap(({ file, place }) =>
      place === undefined ? [] : [`install -D -m 644 ${file} ${place}`],
    ),
    ...(door === 'plain' || trustsNobody === true ? [] : [trust]),
  ].join(' && ');
}

async function playProgram(
  recipe: Recipe,
  place: string,
  given: string,
  layer: string | undefined,
  arrival: () => Promise<unknown>,
): Promise<string> {
  const log = join(place, 'output');
  const code = join(given, 'code');
  const at = ['play', given, code, dirname(process.execPath)];
  const command =
    layer === undefined
      ? ['sh', '-c', `cd "$1" && PATH="$3:$PATH" && { ${recipe.run}; }; echo $? > "$2"`, ...at]
      : [
          'sh',
          '-c',
          `"$@"; echo $? > "$0"`,
          code,
          ...inPrivateRoot(layer, join(place, 'top'), given, `${preparation(recipe)} && { ${recipe.run}; }`),
        ];
  const child = startChild(command, { log, ownMounts: layer !== undefined });
  const output = (): Promise<string> => readFile(log, 'utf8');
  try {
    if (recipe.daemon === true) {
      await Promise.race([
        arrival(),
        until(() => !child.running).then(async () => {
          throw new Error(`it ended:\n${await output()}`);
        }),
      ]);
      return await output();
    }
    await until(() => !child.running, `${recipe.run} ends`);
    const status = Number(await readFile(code, 'utf8'));
    if ((status !== 0) !== (recipe.fails !== undefined))
      throw new Error(`it ended with ${status}:\n${await output()}`);
    if (recipe.fails === undefined) await arrival();
    return await output();
  } finally {
    await child.stop();
  }
}

async function playPostfix(
  { run, files: [main], fails }: Recipe,
  place: string,
  given: string,
  arrival: () => Promise<unknown>,
): Promise<string> {
  const text = await readFile(join(given, main?.file ?? ''), 'utf8');
  const address = '127.0.0.1';
  const port = await freePort(address);
  const postfix = await startPostfix({
    directory: join(place, 'postfix'),
    address,
    port,
    parameters: {
      myhostname: 'client.example.com',
      smtpd_relay_restrictions: 'permit_mynetworks, reject',
      smtp_host_lookup: 'native',
      ...Object.fromEntries(
        text
          .trim()
          .split('\n')
          .map((line) => line.split(' = ') as [string, string]),
      ),
    },
  });
  try {
    await hand(port, run === 'postfix stray-cr');
    if (fails === undefined) {
      // It tries again later what it could not send, and by then this test is over.
      const isOver = async (): Promise<boolean> => /status=\w+/.test(await postfix.log());
      await until(isOver, 'Postfix has tried');
      if (!/status=sent/.test(await postfix.log())) throw new Error(await postfix.log());
      await arrival();
    } else await until(async () => fails.test(await postfix.log()), 'Postfix says what fails');
    return await postfix.log();
  } finally {
    await postfix.stop();
  }
}

/** Gives the message to a server at this port, perhaps with a CR in the midst of a line. */
async function hand(port: number, withStrayCr: boolean): Promise<void> {
  const client = await RawClient.open({ host: '127.0.0.1', port });
  await client.reply();
  await client.talk(
    'EHLO app.example.com',
    `MAIL FROM:<${sender}> BODY=8BITMIME`,
    `RCPT TO:<${recipient}>`,
    'DATA',
  );
  const lines = messageLines.map((line) => line.replace(/^\./, '..'));
  if (withStrayCr) lines[7] = 'The backup\ris done.';
  const reply = await client.talk([...lines, '.'].join('\r\n'), 'QUIT');
  client.socket.destroy();
  if (!reply.startsWith('221')) throw new Error(reply);
}
