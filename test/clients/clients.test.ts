import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { postfixObstacle, saslObstacle, searchPath } from '../lab/privileges.ts';
import { sample } from '../support/sample.ts';
import { unless } from '../support/unless.ts';
import { codeBlocks } from '../tools/code-blocks.ts';
import { login, messageLines, recipient, sender, type Client, type Door, type Recipe } from './client.ts';
import { machineClients } from './machine-clients.ts';
import { packagedClients } from './packaged-clients.ts';
import { playRecipe } from './play-recipe.ts';
import { layerOf, type Layer } from './private-root.ts';
import { mark, renderClients } from './render.ts';
import { startWorld, type World } from './world.ts';

/** Every recipe of docs/clients.md is done as it is there, by the program that it is for. */

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

const clients = [...machineClients, ...packagedClients];
/** How the relay says in its Received field that a message came. */
const doors: Readonly<Record<Door, RegExp>> = {
  plain: / with E?SMTP id |, from userid /,
  // HELO has no word for TLS.
  starttls: /\(using TLSv1\.[23] /,
  login: / with E?SMTPSA? id /,
};

for (const client of clients) {
  const here = client.recipes.filter((recipe) => client.packages === undefined || recipe.here === true);
  if (here.length === 0) continue;
  describe(client.name, () => {
    for (const recipe of here)
      unless(obstacleHere(client, recipe), test)(recipe.title, () => playAndCheck(client, recipe));
  });
}

// Its packages are fetched, and their installation takes a while.
for (const client of sample('clients', packagedClients, { count: 0 })) {
  const layer: Layer = await layerOf(client.packages ?? []);
  const obstacle = 'obstacle' in layer ? layer.obstacle : undefined;
  const inRoot = client.recipes.filter(({ here }) => here !== true);
  describe(`${client.name} in a private root`, () => {
    for (const recipe of inRoot)
      unless(obstacle, test)(recipe.title, () =>
        playAndCheck(client, recipe, 'directory' in layer ? layer.directory : undefined),
      );
  });
}

async function playAndCheck(client: Client, recipe: Recipe, layer?: string): Promise<void> {
  const { messages, output } = await playRecipe(world, client, recipe, layer);
  if (recipe.fails !== undefined) {
    expect(output).toMatch(recipe.fails);
    expect(messages).toEqual([]);
    return;
  }
  expect(messages.map(({ sender, recipients }) => ({ sender, recipients }))).toEqual([
    { sender, recipients: [recipient] },
  ]);
  const [header = '', ...body] = (messages[0]?.data.toString('utf8') ?? '').split('\r\n\r\n');
  expect(header).toMatch(/^Subject: Backup$/m);
  expect(header).toMatch(/^From: .*app@example\.com/m);
  expect(body.join('\r\n\r\n')).toBe([...(recipe.body ?? messageLines.slice(7)), ''].join('\r\n'));
  expect(header).toMatch(doors[recipe.door]);
  const queueId = /\bid (\w+)/.exec(header)?.[1] ?? '';
  const user = recipe.door === 'login' ? `sasl_username=${login.user}` : '';
  expect(world.relay.matching(new RegExp(`: ${queueId}: (client=|uid=).*${user}`))).toHaveLength(1);
  await world.relay.line(new RegExp(`: ${queueId}: to=<${recipient}>, .*status=sent`));
}

function obstacleHere({ folder, needs }: Client, { door }: Recipe): string | undefined {
  const sasl = door === 'login' ? saslObstacle() : undefined;
  const postfix = folder === 'postfix' ? (postfixObstacle() ?? sasl) : undefined;
  if (needs === undefined || postfix !== undefined) return postfix;
  const { status } = spawnSync('sh', ['-c', needs.check], { env: { ...process.env, PATH: searchPath() } });
  return status === 0 ? undefined : needs.missing;
}

const docs = new URL('../../docs/', import.meta.url);
const page = readFileSync(new URL('clients.md', docs), 'utf8');

test('docs/clients.md has these recipes (npm run docs:clients)', () => {
  const [, written = ''] = page.split(mark);
  expect(written).toBe(renderClients(machineClients, packagedClients));
});

test('settings in docs/clients.md are settings, and pages that it points to are there', () => {
  const [text = ''] = codeBlocks(page, 'toml');
  expect(loadConfig({ file: { name: 'page', text }, env: {}, sets: [] }).listeners).toHaveLength(4);
  for (const [, target = ''] of page.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g))
    expect(existsSync(new URL(target, docs)), target).toBe(true);
});
