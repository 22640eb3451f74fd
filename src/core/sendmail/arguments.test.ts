import { describe, expect, test } from 'vitest';
import { parseSendmailArguments, type SendmailRequest } from './arguments.ts';

const plain = { kind: 'message', readsRecipients: false, dotEnds: true, recipients: [] } as const;
const words = (line: string): readonly string[] => line.split(' ').filter((word) => word !== '');

describe('who calls sendmail, and with what', () => {
  test.each<[string, readonly string[], SendmailRequest]>([
    [
      'cron of Debian',
      ['-FCronDaemon', '-i', '-B8BITMIME', '-oem', 'root'],
      { ...plain, dotEnds: false, fullName: 'CronDaemon', body: '8BITMIME', recipients: ['root'] },
    ],
    ['PHP mail()', ['-t', '-i'], { ...plain, readsRecipients: true, dotEnds: false }],
    [
      'PHP mail() with a sender',
      ['-t', '-i', '-fa@x'],
      { ...plain, readsRecipients: true, dotEnds: false, sender: 'a@x' },
    ],
    [
      'PHPMailer',
      ['-t', '-i', '-oi', '-fa@x', '-t'],
      { ...plain, readsRecipients: true, dotEnds: false, sender: 'a@x' },
    ],
    ['Symfony and Nextcloud', ['-bs'], { kind: 'smtp' }],
    [
      'Symfony with -t',
      ['-i', '-fa@x', '--', 'b@x', 'c@x'],
      { ...plain, dotEnds: false, sender: 'a@x', recipients: ['b@x', 'c@x'] },
    ],
    [
      'nodemailer',
      ['-i', '-f', 'a@x', 'b@x', 'c@x'],
      { ...plain, dotEnds: false, sender: 'a@x', recipients: ['b@x', 'c@x'] },
    ],
    [
      'Ruby mail',
      ['-i', '-f', 'a@x', '--', 'b@x'],
      { ...plain, dotEnds: false, sender: 'a@x', recipients: ['b@x'] },
    ],
    ['mutt', ['-oem', '-oi', '--', 'b', 'c'], { ...plain, dotEnds: false, recipients: ['b', 'c'] }],
    [
      'mutt with its options',
      words('-oem -oi -f a@x -N failure,delay -R hdrs -B8BITMIME -- b@x'),
      {
        ...plain,
        dotEnds: false,
        sender: 'a@x',
        notify: ['FAILURE', 'DELAY'],
        ret: 'HDRS',
        body: '8BITMIME',
        recipients: ['b@x'],
      },
    ],
    ['bsd-mailx', ['-i', '-t'], { ...plain, readsRecipients: true, dotEnds: false }],
    [
      'bsd-mailx -r',
      ['-i', '-t', '-f', 'a@x'],
      { ...plain, readsRecipients: true, dotEnds: false, sender: 'a@x' },
    ],
    ['s-nail', ['-i', '--', 'b@x', 'c@x'], { ...plain, dotEnds: false, recipients: ['b@x', 'c@x'] }],
    ['git send-email', ['-i', 'b@x', 'a@x'], { ...plain, dotEnds: false, recipients: ['b@x', 'a@x'] }],
    ['apt-listchanges', ['-oi', '-t'], { ...plain, readsRecipients: true, dotEnds: false }],
    ['mdadm', ['-t'], { ...plain, readsRecipients: true }],
  ])('%s', (_, argv, expected) => {
    expect(parseSendmailArguments(argv, 'sendmail')).toEqual(expected);
  });
});

describe('options', () => {
  const request = (line: string): SendmailRequest => parseSendmailArguments(words(line), 'sendmail');

  test.each<[string, Partial<SendmailRequest>]>([
    ['-ti', { kind: 'message', readsRecipients: true, dotEnds: false }],
    ['-f a@x b@x', { sender: 'a@x', recipients: ['b@x'] }],
    ['-r a@x b@x', { sender: 'a@x', recipients: ['b@x'] }],
    ['-fone@x -ftwo@x b@x', { sender: 'two@x' }],
    ['-f <> b@x', { sender: '<>' }],
    ['-F Some b@x', { fullName: 'Some' }],
    ['-B 7BIT b@x', { body: '7BIT' }],
    ['-B8bitmime b@x', { body: '8BITMIME' }],
    ['-N never b@x', { notify: ['NEVER'] }],
    ['-N delay,success b@x', { notify: ['SUCCESS', 'DELAY'] }],
    ['-R full b@x', { ret: 'FULL' }],
    ['-V id1 b@x', { envid: 'id1' }],
    ['-bm b@x', { kind: 'message', recipients: ['b@x'] }],
    ['-bs', { kind: 'smtp' }],
    ['-bp', { kind: 'list' }],
    ['-bv b@x', { kind: 'verify', recipients: ['b@x'] }],
    ['-q', { kind: 'flush', names: [] }],
    ['-v -q', { kind: 'flush', names: [] }],
    ['-qRexample.org', { kind: 'flush', names: ['example.org'] }],
    ['-qI4jX6Z215f0zwqHvm', { kind: 'flush', names: ['4jX6Z215f0zwqHvm'] }],
    ['-q30m', { kind: 'nothing' }],
    ['-q30m b@x', { kind: 'message', recipients: ['b@x'] }],
    ['-C /etc/x.toml -bp', { kind: 'list', settingsFile: '/etc/x.toml' }],
    ['--help', { kind: 'help' }],
    ['-- -dash@x', { recipients: ['-dash@x'] }],
    // As Postfix: what comes after a recipient is a recipient.
    ['a@x -f b@x', { recipients: ['a@x', '-f', 'b@x'] }],
    [
      '-oQ/x -oem -oi -O Timeout=3 -O REQUIRETLS= -L tag -h 3 -A c -G -m -U -p x -v -e q -c -x -XV a@x',
      { kind: 'message', dotEnds: false, recipients: ['a@x'] },
    ],
    ['-O requiretls=yes a@x', { requireTls: true }],
    ['-Orequiretls=no -O RequireTLS=YES a@x', { requireTls: true }],
  ])('%s', (line, expected) => {
    expect(request(line)).toMatchObject(expected);
  });

  test.each([
    ['-bd', /run/],
    ['-bl', /run/],
    ['-bi', /aliases/],
    ['-bx', /-bx/],
    ['-O requiretls=true a@x', /yes or no/],
    ['-I', /aliases/],
    ['-n a@x', /-n/],
    ['-X /tmp/log a@x', /-X/],
    ['-z a@x', /-z/],
    ['-qx', /-qx/],
    ['-f', /-f needs a value/],
    ['-C', /-C needs a value/],
  ])('%s is refused', (line, reason) => {
    const refused = request(line);
    expect(refused.kind).toBe('refused');
    expect('reason' in refused && refused.reason).toMatch(reason);
  });

  test.each([
    ['-B binary b@x', 'B'],
    ['-N sometimes b@x', 'N'],
    ['-N never,delay b@x', 'N'],
    ['-R some b@x', 'R'],
    [`-V ${'x'.repeat(101)} b@x`, 'V'],
  ])('a bad value is told and passed over: %s', (line, letter) => {
    expect(request(line)).toEqual({
      ...plain,
      recipients: ['b@x'],
      warnings: [`bad value of -${letter} is ignored`],
    });
  });

  test('an empty sender is one', () => {
    expect(parseSendmailArguments(['-f', '', 'b@x'], 'sendmail')).toEqual({
      ...plain,
      sender: '',
      recipients: ['b@x'],
    });
  });

  test('an argument may hold several addresses', () => {
    expect(parseSendmailArguments(['a@x, Bob <b@x>'], 'sendmail')).toEqual({
      ...plain,
      recipients: ['a@x, Bob <b@x>'],
    });
  });
});

describe('names', () => {
  test.each<[string, 'mailq' | 'newaliases', readonly string[], SendmailRequest]>([
    ['mailq', 'mailq', [], { kind: 'list' }],
    ['mailq -v', 'mailq', ['-v'], { kind: 'list' }],
    ['newaliases', 'newaliases', [], { kind: 'nothing' }],
  ])('%s', (_, name, argv, expected) => {
    expect(parseSendmailArguments(argv, name)).toEqual(expected);
  });
});
