import { readFile } from 'node:fs/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { createConnections } from '../../../src/intake/connection/client-connection.ts';
import { behaviourFaults } from '../../support/smtp-server/behaviour.ts';
import { doctoredCopy, type DoctoredCopy } from '../../support/smtp-server/doctored-copy.ts';
import { type Library, members, shapeFaults } from '../../support/smtp-server/members.ts';

afterEach(() => {
  vi.resetModules();
  for (const module of ['smtp-server', 'smtp-server/lib/smtp-connection', 'smtp-server/lib/smtp-stream'])
    vi.doUnmock(module);
});

/** Our connections, made with this copy of the library. */
async function connectionsOf({ url }: DoctoredCopy): Promise<typeof createConnections> {
  vi.resetModules();
  vi.doMock('smtp-server', () => import(url('smtp-server')));
  vi.doMock('smtp-server/lib/smtp-connection', () => import(url('smtp-connection')));
  vi.doMock('smtp-server/lib/smtp-stream', () => import(url('smtp-stream')));
  const connections = await import('../../../src/intake/connection/client-connection.ts');
  return connections.createConnections;
}

async function libraryOf({ url }: DoctoredCopy): Promise<Library> {
  const [server, connection, stream] = await Promise.all([
    import(url('smtp-server')),
    import(url('smtp-connection')),
    import(url('smtp-stream')),
  ]);
  return { ...server, ...connection, ...stream } as Library;
}

test('smtp-server does what is expected of it', async () => {
  expect(await behaviourFaults(createConnections)).toEqual([]);
});

test.each(members.map(({ of, name }) => [of, name]))(
  'a library in which %s.%s has another name is found out, by its name',
  async (of, name) => {
    await using copy = await doctoredCopy(
      new RegExp(`(?<=\\.|^    |\\s)${name}\\b(?!:)`, 'gm'),
      `${name}Anew`,
    );
    const faults = shapeFaults(await libraryOf(copy));
    expect(faults).toContainEqual(expect.stringMatching(`^${of}\\.${name}: .* wanted, nothing found`));
  },
);

test.each([
  [
    'SMTPConnection._onCommand',
    '_onCommand(command, callback) {',
    '_onCommand(command, context, callback) {',
  ],
  ['SMTPConnection._getHandler', '_getHandler(command) {', '_getHandler(command, session) {'],
  ['SMTPConnection._onClose', '    _onClose() {', '    _onClose = () => {'],
  ['SMTPConnection._ready', 'this._ready = false', 'this._ready = undefined'],
])('a library in which %s has another shape is found out', async (member, text, replacement) => {
  await using copy = await doctoredCopy(text, replacement);
  const faults = shapeFaults(await libraryOf(copy));
  expect(faults).toEqual([expect.stringMatching(`^${member}: `)]);
});

test.each([
  [
    '_setListeners',
    'if (!this.needsUpgrade) {\n            return callback();',
    'if (!this.needsUpgrade) {\n            return;',
  ],
  [
    '_createParser',
    'this._parser = this._createParser();',
    'this._parser = new SMTPStream({}); this._parser.oncommand = (_, next) => next?.();',
  ],
  ['_armTimeout', /^ {8}this\._armTimeout\(\);/gm, 'this._socket.setTimeout(60_000);'],
  ['_ready', 'if (!this._ready) {', 'if (false) {'],
  ['_getHandler', 'handler = this._getHandler(commandName)', "handler = this['handler_' + commandName]"],
  ['_getEnhancedStatusCode', "500: '5.5.2'", "500: '5.5.1'"],
  ['_unrecognizedCommands', 'this._unrecognizedCommands++', 'this._unrecognizedCommands += 10'],
  ['hostNameAppearsAs', '!this.hostNameAppearsAs && commandName', '!this.openingCommand && commandName'],
  [
    'logger',
    'this._server.logger.error({\n                err,\n                tnx',
    'this._server.logger.info({\n                err,\n                tnx',
  ],
  ['_onCommand', 'this._whenWritable(next);', 'next();'],
  ['_flushData', "this.on('finish', () => this._flushData());", ''],
  ['isClosed', 'this._parser.isClosed = true;', ''],
  ['close', 'this._socket.unpipe(this._parser);', ''],
  ['_onError', 'err => this._onError(err)', "() => this.send(421, 'Error')"],
  ['_onClose', '    _onClose() {', '    _onClose() { return;'],
])('a library that no longer heeds %s is found out', async (member, text, replacement) => {
  await using copy = await doctoredCopy(text, replacement);
  expect(shapeFaults(await libraryOf(copy))).toEqual([]);
  const faults = await behaviourFaults(await connectionsOf(copy));
  expect(faults).toContainEqual(expect.stringMatching(`^${member}: `));
});

test('every inner member that our file names is among those that are checked', async () => {
  const source = await readFile('src/intake/connection/client-connection.ts', 'utf8');
  const named = new Set(source.match(/(?<=\bthis\.|#library\.|\{ |super\.|override |\[')_[a-z]\w+/gi));
  const checked = members.map(({ name }) => name).filter((name) => name.startsWith('_'));
  expect([...named].toSorted()).toEqual(checked.toSorted());
});
